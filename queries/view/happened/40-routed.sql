-- Title: Each request with the life of the target it was routed to
-- Why: THE join of a row with its target's life; everything that needs one reads this. The moment that counts is the
--   routing, request_creation_time. At most one row per request: lives on one address do not overlap here, and
--   `other_life` has the second candidate if the evidence allows two. A pod that ended before this registration of
--   the address began is not its owner.
-- Column: life -- the pod that it was routed to, as in lives; NULL if no evidence names one
-- Column: other_life -- another pod that may have had the address; NULL if the owner is settled
-- Column: other_life_cause -- the cause if the other life had the address
-- Column: previous_life -- the previous pod of the address
-- Column: target_kind -- kind of the target: pod, ecs_task, instance or node_port; NULL if no evidence names it
-- Column: pod_namespace, pod_name, pod_uid -- of the pod (task, instance) that it was routed to
-- Column: exited_earliest, exited_latest -- T: when its last container finished, or it was gone
-- Column: pod_sources -- objects and lines with the evidence about the pod
-- Column: registered_again_at -- when the next registration of the target began
-- Column: is_registration_unsure -- whether the request may belong to the next registration
-- Column: target_sources -- objects and lines with the evidence about the target
-- Needs: request, lives, owner_in_hour, registration_in_hour
with registered as (
  select
    r.object_id, r.line, r.type, r.time, r.request_creation_time, r.elb, r.client_ip, r.target_ip, r.target_port,
    r.request_processing_time, r.target_processing_time, r.response_processing_time, r.elb_status_code,
    r.target_status_code, r.received_bytes, r.sent_bytes, r.request_line, r.request_method, r.request_url,
    r.target_group_arn, r.trace_id, r.domain_name, r.actions_executed, r.error_reason, r.ip_address, r.elapsed,
    r.mechanism,
    t.target_group_key, t.begins as registration_begins, t.ends as registration_ends, t.unsure_from,
    t.registered_earliest, t.registered_from, t.healthy_from, t.healthy_until, t.deregistered_earliest,
    t.deregistered_latest, t.deregistered_by, t.deregistered_actor, t.zone as target_zone, t.drained_earliest,
    t.drained_latest, t.sources as target_sources
  from request r
  left join registration_in_hour t
    on t.group_key = coalesce(r.target_group_arn, '')
    and t.target_ip = r.target_ip
    and t.target_port = r.target_port
    and t.hour = date_trunc('hour', r.request_creation_time)
    and t.begins <= r.request_creation_time
    and t.ends > r.request_creation_time
),
candidate as (
  select
    r.*,
    o.life as owner_life, o.begins as address_begins, o.next_sure_from, o.previous_life, o.previous_deleted_latest,
    o.ready_earliest as owner_ready_earliest,
    case
      when o.life is null or o.exited_latest < r.registered_earliest then 'none'
      when o.previous_life is null
        or case when o.is_shared then o.earlier_over_at else o.previous_over_at end < r.registered_earliest then 'owner'
      when r.request_creation_time < o.sure_from and o.previous_alive_until > r.request_creation_time then 'previous'
      -- While the next pod begins: a refusal comes from somebody who has the address, and the pod before is gone for good.
      -- Not on the host network, where the node refuses.
      when r.request_creation_time < o.sure_from and r.mechanism = 'connect_failed' and o.port_key = -1
        and o.previous_gone_latest <= r.request_creation_time then 'owner'
      -- Who has the address and does not listen yet refuses; nobody answers for an address that nobody has yet.
      when r.request_creation_time < o.sure_from and r.mechanism = 'connect_timeout' and o.port_key = -1
        and o.previous_over_at >= r.request_creation_time - default_delay() then 'previous'
      -- The target that was chosen was deregistered before the next pod was ready: it was the pod's before.
      when r.request_creation_time < o.sure_from and r.deregistered_latest < o.ready_earliest
        and o.previous_over_at >= r.request_creation_time - default_delay() then 'previous'
      -- A target that went so lately is the likelier one. After the longest delay the pod before can no longer be meant.
      when r.request_creation_time < o.sure_from
        and o.previous_over_at >= r.request_creation_time - default_delay() then 'previous or owner'
      when r.request_creation_time < o.sure_from
        and o.previous_over_at >= r.request_creation_time - longest_delay() then 'owner or previous'
      when o.previous_alive_until > r.request_creation_time then 'owner or previous'
      when o.is_shared and o.earlier_over_at >= r.request_creation_time - longest_delay() then 'owner or previous'
      else 'owner'
    end as choice
  from registered r
  left join owner_in_hour o
    on o.target_ip = r.target_ip
    and o.target_port = r.target_port
    and o.hour = date_trunc('hour', r.request_creation_time)
    and o.begins <= r.request_creation_time
    and o.ends > r.request_creation_time
),
chosen as (
  select
    c.*,
    case
      when choice in ('previous', 'previous or owner') then previous_life
      when choice <> 'none' then owner_life
    end as life,
    case
      when choice = 'previous or owner' then owner_life
      when choice = 'owner or previous' then previous_life
    end as other_life,
    case
      when choice = 'previous or owner' then 'not_ready_target'
      when choice = 'owner or previous' then
        case
          when previous_deleted_latest <= request_creation_time then 'draining_target'
          -- It went while the request ran.
          when previous_deleted_latest <= c.time and mechanism in ('closed_in_flight', 'response_timeout') then 'killed_in_flight'
          else 'healthy_target'
        end
    end as other_life_cause,
    -- A pod is registered when it is ready: what was deregistered before was the pod before.
    coalesce(
      choice in ('owner', 'owner or previous') and previous_life is not null
        and deregistered_latest < owner_ready_earliest,
      false
    ) as is_of_previous
  from candidate c
),
-- Whether the deregistration may be of the target as it was.
called as (
  select
    c.*,
    coalesce(not is_of_previous and deregistered_latest is not null, false)
      and coalesce(deregistered_latest < next_sure_from, true) as is_called
  from chosen c
)
select
  c.object_id, c.line, c.type, c.time, c.request_creation_time, c.elb, c.client_ip, c.target_ip, c.target_port,
  c.request_processing_time, c.target_processing_time, c.response_processing_time, c.elb_status_code,
  c.target_status_code, c.received_bytes, c.sent_bytes, c.request_line, c.request_method, c.request_url,
  c.target_group_arn, c.trace_id, c.domain_name, c.actions_executed, c.error_reason, c.ip_address, c.elapsed,
  c.mechanism, c.life, c.other_life, c.other_life_cause, c.previous_life,
  -- An instance that is a node of Kubernetes serves at the ports of its Services.
  case when p.target_kind = 'instance' and p.node is not null then 'node_port' else p.target_kind end as target_kind,
  case
    when p.target_kind = 'instance' and p.node is not null then p.node || ':' || cast(c.target_port as varchar)
    else p.target_name
  end as target_name,
  p.version, p.namespace as pod_namespace, p.name as pod_name, p.uid as pod_uid, p.node, coalesce(p.zone, c.target_zone) as zone,
  p.owner_kind, p.owner_name, p.workload, p.deployment,
  p.created_earliest, p.created_latest, p.started_earliest, p.started_latest, p.waiting_until, p.ready_restart_count,
  p.containers_seen_until, p.ready_earliest, p.ready_latest,
  -- D; of a pod that is not known to be deleted, the last time it was seen running. A task that its scheduler stops serves
  -- until it is deregistered, and its end begins no later than SIGTERM.
  case
    when p.is_deregistered_first and c.is_called and c.deregistered_latest >= p.deleted_earliest - stop_lead() then
      case
        when earlier(p.stopping_latest, p.finished_latest) < c.deregistered_earliest then p.deleted_earliest
        when c.deregistered_latest < p.deleted_earliest or c.deregistered_earliest > p.deleted_latest
          then c.deregistered_earliest
        else later(c.deregistered_earliest, p.deleted_earliest)
      end
    when p.deleted_latest is null then later(p.deleted_earliest, p.seen_until)
    else p.deleted_earliest
  end as deleted_earliest,
  case
    when p.is_deregistered_first and c.is_called and c.deregistered_latest >= p.deleted_earliest - stop_lead() then
      case
        when earlier(p.stopping_latest, p.finished_latest) < c.deregistered_earliest then p.deleted_latest
        when c.deregistered_latest < p.deleted_earliest or c.deregistered_earliest > p.deleted_latest
          then c.deregistered_latest
        else earlier(c.deregistered_latest, p.deleted_latest)
      end
    else p.deleted_latest
  end as deleted_latest,
  p.deleted_source, p.deleted_by, p.deleted_reason, p.deleted_detail,
  p.first_finished_earliest, p.first_finished_latest, p.finished_earliest, p.finished_latest, p.gone_earliest,
  p.gone_latest,
  -- T: the last container finished, or the pod was gone.
  coalesce(p.finished_earliest, p.gone_earliest) as exited_earliest,
  case
    when p.finished_latest is not null then earlier(p.finished_latest, p.gone_latest)
    when is_narrow(p.deleted_earliest, p.deleted_latest) and p.gone_latest <= p.deleted_latest + forced_deletion()
      then p.gone_latest + forced_exit()
    else p.gone_latest
  end as exited_latest,
  p.seen_from, p.seen_until, p.termination_grace_period_seconds, p.pre_stop_seconds, p.sources as pod_sources,
  -- X; one from before this pod, or from after the next pod on this address was there, is not about this pod. One that may
  -- have followed the pod's deletion did: controllers deregister a target because its pod goes.
  case
    when c.deregistered_earliest >= c.next_sure_from then null
    when c.is_of_previous then null
    when c.deregistered_latest is null and p.is_deregistered_first and is_narrow(p.deleted_earliest, p.deleted_latest)
      then p.deleted_earliest
    when p.deleted_latest is not null and c.deregistered_latest >= p.deleted_earliest
      then later(c.deregistered_earliest, p.deleted_earliest)
    else c.deregistered_earliest
  end as deregistered_earliest,
  case
    when c.deregistered_latest >= c.next_sure_from then null
    when c.is_of_previous then null
    when c.choice in ('owner', 'owner or previous') and c.deregistered_latest < c.address_begins then null
    when c.deregistered_latest is null and p.is_deregistered_first and is_narrow(p.deleted_earliest, p.deleted_latest)
      then p.deleted_latest
    else c.deregistered_latest
  end as deregistered_latest,
  c.deregistered_by, c.deregistered_actor, c.drained_earliest, c.drained_latest, c.registered_earliest,
  c.registered_from, c.healthy_from, c.healthy_until, c.target_group_key,
  nullif(c.registration_ends, timestamp '9999-01-01 00:00:00') as registered_again_at,
  coalesce(c.unsure_from <= c.request_creation_time, false) as is_registration_unsure,
  c.target_sources
from called c
left join lives p on p.life = c.life
