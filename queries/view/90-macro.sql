-- Title: Table macros of DuckDB, for questions typed by hand
-- Why: a typed question should be short. Only DuckDB has these macros; the questions of queries/ do not use them.
-- Needs: requests, routed, alb_count, pod_life, target_life

-- Share of failed requests per interval of this many minutes; failures are 5xx of the balancer and of the application.
create or replace macro error_rate(minutes) as table
  select
    time_bucket(to_minutes(cast(minutes as bigint)), time) as begins,
    sum(requests) as requests, sum(failures) as failures,
    round(100 * sum(failures) / sum(requests), 3) as failed_percent
  from (
    select time, 1 as requests, case when mechanism is not null and elb_status_code >= 500 then 1 else 0 end as failures
    from request
    union all
    select minute, requests, 0 from alb_count
  )
  group by begins
  order by begins;

-- Each request that was routed to the pods of that name (or uid), with what the pod was doing then.
create or replace macro during(pod) as table
  select
    time, request_creation_time,
    case
      when request_creation_time >= exited_latest then 'gone'
      when request_creation_time >= deleted_latest then 'terminating'
      when request_creation_time < ready_earliest then 'starting'
      when deleted_latest is not null and time >= deleted_latest then 'running into termination'
      else 'serving'
    end as phase,
    seconds_between(deleted_latest, request_creation_time) as seconds_after_deletion,
    elapsed, elb_status_code, target_status_code, mechanism, request_line, pod_namespace, pod_name, target_ip,
    target_port, trace_id, object_id, line
  from routed
  where pod_name = pod or pod_uid = pod
  order by request_creation_time, object_id, line;

-- The known state of each pod at a moment. AT is a word of SQL, so it is quoted here; where it is used it need not be. Pods that are gone for more than an hour, or not yet created, are left out.
create or replace macro "at"(ts) as table
  select
    namespace, name, ip, port, node, workload,
    case
      when coalesce(finished_latest, gone_latest) <= cast(ts as timestamp) then 'gone'
      when deleted_latest <= cast(ts as timestamp) then 'terminating'
      when ready_latest <= cast(ts as timestamp) then 'ready'
      when ready_earliest > cast(ts as timestamp) then 'starting'
      else 'running'
    end as state,
    seconds_between(deleted_latest, cast(ts as timestamp)) as seconds_after_deletion,
    created_latest, ready_latest, deleted_latest, coalesce(finished_latest, gone_latest) as exited_latest, life
  from pod_life
  where coalesce(created_earliest <= cast(ts as timestamp), true)
    and coalesce(coalesce(gone_latest, finished_latest, deleted_latest) > cast(ts as timestamp) - interval 1 hour, true)
  order by namespace, name, life;
