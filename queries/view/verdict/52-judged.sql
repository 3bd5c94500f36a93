-- Title: Each failure with the rule that judges it
-- Why: one case, and the first condition that holds names the rule; the view `rule` has its consequences. Every
--   condition is a flag with a name, made above the case. The clocks of the cluster and of the balancer agree to
--   clock_slack(): what only that keeps apart is a rule of its own, with the other reading. There is no else: a failure
--   without a rule is a mistake, and a test looks for one over all combinations.
--   Long because it is one case of all rules.
-- Column: rule -- id of the rule that judges it; the view rule has its cause
-- Column: pods_behind, pods_going -- pods that a node port may have meant, and those surely going by the failure
-- Needs: compared, special_group
with flagged as (
  select
    c.*,
    coalesce(g.is_optimized = 1, false) as is_optimized,
    coalesce(g.has_instances = 1, false) as is_instance_group,
    coalesce(c.target_kind in ('instance', 'node_port'), false) as is_machine,
    coalesce(c.target_kind = 'instance', false) as is_instance,
    coalesce(c.target_kind = 'node_port', false) as is_node_port,
    -- The controller of Kubernetes made the group: its targets are pods, which come back at their address after a crash.
    coalesce(c.target_group_arn like '%targetgroup/k8s-%', false) as is_controller_group,
    -- Gone for longer than the longest deregistration delay, or answered for by somebody since its pod ended, be it with an
    -- error: the address is another's, whom no evidence names.
    coalesce(earlier(c.exited_latest, c.deleted_latest) < c.routed_at - longest_delay(), false)
      or coalesce(
        case when c.mechanism = 'target_error' then c.time else c.answered_before end
          > c.exited_latest + next_owner_pause(),
        false
      ) as is_over,
    coalesce(c.created_latest <= c.routed_at or c.seen_from <= c.routed_at or c.ready_latest <= c.routed_at, false)
      as is_started,
    -- The exit cut the request off.
    coalesce(
      c.mechanism = 'closed_in_flight' and c.time >= c.exited_earliest - clock_tick()
        and c.time <= c.exited_latest + clock_tick(),
      false
    ) as is_cut_at_exit,
    coalesce(c.time < c.exited_earliest - clock_tick(), false) as is_outlived,
    coalesce(
      c.mechanism = 'closed_in_flight' and c.time >= c.drain_end_earliest - clock_tick()
        and c.time <= c.drain_end_latest + clock_tick(),
      false
    ) as is_at_drain_end,
    coalesce(seconds_between(c.drain_end_earliest, c.drain_end_latest) <= delay_end_width_seconds(), false)
      as is_drain_end_narrow,
    -- The close crossed the request: it came at once.
    c.mechanism = 'closed_in_flight' and coalesce(c.elapsed < race_seconds(), false) as is_race,
    c.mechanism in ('connect_timeout', 'connect_failed') as is_unconnected,
    -- Died between R and F, as far as T is known.
    coalesce(c.exited_latest >= c.routed_at - clock_slack(), true)
      and coalesce(c.exited_earliest <= c.time + clock_slack(), true) as may_end_in_flight,
    -- It was ready before: it answered, it had been seen healthy, or it was not ready again after a restart.
    coalesce(
      c.answered_before >= coalesce(c.created_earliest, c.started_earliest)
        or c.healthy_from <= c.routed_at and c.healthy_from >= coalesce(c.created_earliest, c.started_earliest),
      false
    ) as had_been_ready,
    -- Its first readiness is known: it was seen never to have been ready, or did not run yet, or nobody got an answer of it
    -- in a log that began before it, and it took no longer than pods take.
    coalesce(
      c.waiting_until is not null or c.routed_at < c.started_earliest
        or c.answered_first is null and c.group_answered_first <= c.created_earliest
          and c.ready_earliest <= coalesce(c.started_latest, c.created_latest) + slow_start()
          and coalesce(c.ready_restart_count, 0) = 0,
      false
    ) as is_first_ready,
    -- So many answers of it were due, had it lived, in what the log holds after the failure, at the pace of what it holds
    -- before.
    coalesce(
      c.recent_answers > 0
        and c.recent_answers * earlier(seconds_between(c.failed_at, c.group_answered_last), traffic_window_seconds())
          >= due_answers() * earlier(seconds_between(c.group_answered_first, c.routed_at), traffic_window_seconds()),
      false
    ) as were_answers_due,
    -- The balancer's lists hold it from before R until after it.
    coalesce(c.registered_from <= c.routed_at and c.deregistered_earliest > c.routed_at, false) as is_registration_covered,
    -- Registered, never healthy by then, and it had answered nobody.
    coalesce(c.registered_from <= c.routed_at and c.healthy_from > c.routed_at, false)
      and coalesce(c.answered_first > c.routed_at, true) as is_never_healthy_yet,
    -- A call that ended the registration came after R.
    coalesce(c.deregistered_by = 'call' and c.deregistered_earliest > c.routed_at, false) as is_registered_until,
    -- It lost its readiness after R, and was then found to be deregistered: that was why, and so later.
    coalesce(
      c.deregistered_by = 'listing' and c.ready_state = 'ready' and c.next_ready_state = 'unready'
        and c.ready_until >= c.routed_at + clock_slack() and c.ready_until <= c.deregistered_latest,
      false
    ) as is_unready_first,
    coalesce(c.ready_state = 'ready' and coalesce(c.next_ready_state, 'unready') = 'unready', false) as is_ready_then,
    -- It was chosen again when a target that had been deregistered no longer is. One that is seldom chosen answered again,
    -- and it was the application that kept the request: a deregistration would be another story.
    coalesce(c.later_requests > 0, false)
      or c.answered_before is not null and c.answered_after is not null
        and c.mechanism in ('closed_in_flight', 'response_timeout')
        and c.recent_answers < rare_answers()
      as is_chosen_later,
    coalesce(c.containers_seen_until >= c.failed_at or c.finished_latest is not null, false) and not c.is_restart_missing
      as are_containers_known,
    coalesce(c.deregistered_latest is null and c.deregistered_by = 'call' and c.routed_at >= c.deregistered_earliest, false)
      as is_deregistration_open
  from compared c
  left join special_group g on g.target_group_arn = c.target_group_arn
),
seen_well as (
  select
    f.*,
    -- Others of the group answered after it fell silent, for long enough.
    is_silent and coalesce(group_answered_after <= failed_at + silence_window(), false)
      and (were_answers_due or coalesce(group_answered_last >= failed_at + silence_window(), false)) as is_silent_alone,
    -- The balancer saw it healthy, in this registration, long after the failure.
    has_target_cause and deleted_latest is null and coalesce(healthy_until >= time + health_margin(), false)
      and coalesce(registered_from <= routed_at, false) as is_seen_healthy
  from flagged f
),
silence as (
  select
    s.*,
    coalesce(
      answered_before >= routed_at - traffic_window() and failed_answered_after is null and group_answered_last > failed_at
        and were_answers_due,
      false
    ) as is_silent_for_good,
    -- The pods of a lost node stay, until somebody removes the node.
    coalesce(gone_latest <= failed_at + unready_notice(), false) as is_gone_soon
  from seen_well s
),
rule_input as (
  select
    f.*,
    -- Pods without a known address had begun to terminate: as many as targets without a known pod had fallen silent, or all
    -- that there were.
    life is null and is_silent_for_good
      and coalesce(
        gone_pods = silent_targets
          or gone_pods > silent_targets and coalesce(gone_after > routed_at + longest_termination(), true),
        false
      )
      and coalesce(gone_before >= answered_before - longest_termination(), false) as is_one_of_gone,
    coalesce(routed_deletion, '') = 'after' and not is_over as is_deleted,
    coalesce(routed_deletion, '') = 'within' and not is_over as is_deletion_unsure,
    coalesce(routed_deregistration, '') = 'after' as is_deregistered,
    coalesce(routed_deregistration, '') = 'within' and not is_unready_first as is_deregistration_unsure,
    coalesce(deregistered_latest <= routed_at - clock_slack(), false) as is_deregistration_clock_safe,
    routed_deletion = 'before' and coalesce(failed_deletion, '') in ('after', 'within') as is_deleted_in_flight,
    coalesce(routed_deletion = 'before' and failed_deletion = 'before', false) and is_started or is_seen_healthy as is_alive,
    -- Surely after D, or after X, whatever the clocks.
    coalesce(deleted_latest <= routed_at - clock_slack(), false)
      or coalesce(deregistered_latest <= routed_at - clock_slack(), false)
      or is_unconnected or not may_end_in_flight as is_clock_safe,
    -- Closed by somebody who was running, when every container had ended: one of these clocks is off. Times of calls are AWS's.
    mechanism = 'closed_in_flight' and not is_race and coalesce(finished_latest <= time - clock_slack(), false)
      and not coalesce(deregistered_by = 'call' and deregistered_latest <= routed_at - clock_slack(), false)
      as is_closed_after_exit,
    -- Not settled, as the clocks of the balancer and of who deregistered it differ.
    mechanism = 'closed_in_flight' and not is_race and not coalesce(deregistered_latest <= routed_at - clock_slack(), false)
      as is_cut_near_deregistration,
    -- It fell silent for good so shortly before its deletion that the clock of the deletion may be ahead.
    is_silent_for_good and coalesce(deleted_earliest <= failed_at + clock_doubt(), false) and deleted_latest is not null
      as is_silent_into_deletion,
    coalesce(routed_ready, '') = 'before' and not had_been_ready as is_unready,
    coalesce(routed_ready, '') = 'within' and not had_been_ready as is_readiness_unsure,
    -- A deletion that nobody saw until long after it cannot have caused the deregistration.
    coalesce(deleted_earliest <= later(routed_at, deregistered_latest) + deletion_lag(), false) and deleted_latest is not null
      as is_deletion_near,
    coalesce(registered_again_at <= routed_at + return_pause(), false) as is_registered_again,
    -- It had been busy, and gave its last answer well before it was deregistered: that was not the beginning of its end.
    coalesce(answered_before < deregistered_earliest - next_owner_pause(), false) and answered_before is not null
      as is_silent_before_deregistration,
    is_node_stated and is_timeout and (is_silent or not is_instance)
      and not coalesce(answered_after <= failed_at + silence_window() and mechanism = 'connect_timeout', false)
      as is_node_lost,
    is_silent_alone and silent_pods >= 2 as is_node_silent,
    -- Silence alone does not tell a lost node from pods that went together, or hung together: they were seen afterwards, and
    -- none was deleted, removed or seen to end soon.
    is_silent_alone and silent_pods >= 2 and coalesce(routed_deletion, '') = 'before' and not is_gone_soon
      and not coalesce(first_finished_earliest >= failed_at, false)
      and not coalesce(deleted_latest <= failed_at + unready_notice(), false) as is_node_silent_for_good,
    -- A lost node makes its pods unready: one that was seen long after, and was not, has its node.
    -- So has one whose container was seen to end long after.
    is_silent and (
      is_unready_soon
        or not coalesce(
          -- That it was shut down says nothing of a machine.
          case
            when is_instance then containers_seen_until >= failed_at + status_check_lag()
            else later(containers_seen_until, first_finished_earliest) >= failed_at + unready_notice()
          end,
          false
        )
    ) as may_be_node,
    -- It was cut when the delay was over, unless nothing is known of X and the delay cannot have been over yet.
    mechanism = 'closed_in_flight' and not is_cut_at_exit and not is_race and deregistered_latest is null
      and coalesce(
        time >= later(deleted_earliest, deregistered_earliest) + deregistration_delay_seconds * interval '1' second, true
      ) as may_be_drain_end,
    coalesce(failed_at >= deleted_earliest - clock_slack(), false) and deleted_latest is not null as is_failure_near_deletion,
    -- A container that the task cannot do without ended: nobody had decided to stop it.
    coalesce(
      target_kind = 'ecs_task' and deleted_reason = 'EssentialContainerExited' and not is_over
        and failed_at >= coalesce(deleted_earliest, deleted_latest) - clock_slack(),
      false
    ) as is_own_end,
    -- ECS heard of it about a minute after its instance was gone.
    coalesce(
      target_kind = 'ecs_task' and deleted_reason = 'HostTerminated' and not is_over and is_silent
        and failed_deletion in ('within', 'after'),
      false
    ) as is_host_lost,
    -- Traffic alone: it was busy, and never answered again, while others went on and new ones began.
    is_silent_for_good and (group_begun_before >= routed_at - traffic_window() or group_begun_after <= failed_at + traffic_window())
      as looks_gone,
    -- The group answered just before and just after: other nodes of the balancer had a target.
    coalesce(group_answered_before >= routed_at - clock_slack() and group_answered_after <= routed_at + clock_slack(), false)
      as is_answering_elsewhere,
    -- It answered nobody any more for some seconds before its deletion, though answers were due.
    coalesce(answered_before < deleted_earliest - last_sign() and coalesce(answered_after >= deleted_earliest, true)
      and recent_answers * seconds_between(answered_before, deleted_earliest)
        >= due_answers() * earlier(seconds_between(group_answered_first, routed_at), traffic_window_seconds()), false)
      as is_mute_before_deletion,
    -- Nobody of the group answered then: it may be the network of all of them.
    mechanism = 'connect_timeout' and coalesce(group_answered_after > routed_at + last_sign(), false) as is_group_silent,
    -- A healthy pod does not close its port a moment before its deletion and never answer again: its clock is behind.
    is_silent_for_good and mechanism = 'connect_failed' as is_refused_for_good,
    answered_before >= routed_at - last_sign() and failed_answered_after <= failed_at + last_sign() as looks_alive
  from silence f
)
select
  object_id, line, time, request_creation_time, elapsed, elb, target_group_arn, target_ip, target_port,
  elb_status_code, target_status_code, request_processing_time, target_processing_time, response_processing_time,
  request_line, trace_id, domain_name, actions_executed, error_reason, ip_address, mechanism, life, target_kind,
  target_name, version, other_life, other_life_cause, pod_namespace, pod_name, pod_uid, node, zone, owner_kind,
  owner_name, workload, deployment, created_earliest, created_latest, ready_earliest, ready_latest, deleted_earliest,
  deleted_latest, deleted_by, deleted_reason, deleted_detail, first_finished_earliest, first_finished_latest,
  finished_latest, gone_latest, seen_from, seen_until, termination_grace_period_seconds, pre_stop_seconds,
  pod_sources, deregistered_earliest, deregistered_latest, deregistered_by, deregistered_actor, drained_earliest,
  drained_latest, registered_from, registered_again_at, is_registration_unsure, target_sources, routed_at,
  has_target_cause, exited_earliest, exited_latest, deregistration_delay_seconds, answered_before, answered_after,
  answered_first, silent_pods, restarted_earliest, restarted_latest, restarted_container, restarted_exit_code,
  restarted_reason, node_stated_at, node_reason, group_answered_before, group_healthy_before, group_answered_first,
  gone_pods, silent_targets, routed_deletion, failed_deletion, routed_deregistration, pods_behind, pods_going,
  is_race, is_unconnected, is_registration_covered,
  case
    -- No target was chosen, or the target is not to blame.
    when mechanism = 'no_target' and is_optimized then 'group.optimizer'
    when mechanism = 'no_target' and is_answering_elsewhere then 'group.empty_for_node'
    when mechanism = 'no_target' then 'group.empty'
    when mechanism = 'target_error' and is_node_port and pods_behind > 0 and pods_going = pods_behind
      then 'backend.answered_error'
    -- A node that goes answers nothing: its pods do.
    when mechanism = 'target_error' and is_node_port then 'row.target_error'
    when mechanism = 'target_error' and (is_deleted or is_deregistered and is_deletion_near) then 'going.answered_error'
    when mechanism = 'target_error' and is_deletion_unsure and failed_deletion = 'after' then 'going.answered_error_at_deletion'
    when mechanism = 'target_error' and is_deleted_in_flight and failed_deletion = 'after' then 'killed.answered_error'
    when mechanism = 'target_error' then 'row.target_error'
    when mechanism = 'client_closed' and (is_deleted or is_deregistered and is_deletion_near) then 'going.client_left'
    when mechanism = 'client_closed' then 'row.client_closed'
    when mechanism = 'fixed_response' then 'row.fixed_response'
    when mechanism = 'waf' then 'row.waf'
    when mechanism = 'auth' then 'row.auth'
    when mechanism = 'lambda' then 'row.lambda'
    when mechanism = 'transform' then 'row.transform'
    when mechanism = 'rejected_request' then 'row.rejected_request'
    when mechanism = 'other' then 'row.other'
    when routed_at is null then 'unknown.routing_time'

    when is_own_end then 'restart.essential_ended'
    when is_host_lost then 'node.stated'

    -- Deleted before it was chosen.
    when is_deleted and is_at_drain_end and not is_cut_at_exit and deregistered_latest is not null
      and is_outlived and is_drain_known and is_drain_end_narrow then 'delay.late_routed'
    when is_deleted and is_at_drain_end and not is_cut_at_exit and deregistered_latest is not null
      then 'delay.late_routed_unsure'
    when is_deleted and is_closed_after_exit then 'going.closed_after_exit'
    when is_deleted and not is_clock_safe then 'going.deletion_within_clocks'
    when is_deleted and may_be_drain_end then 'going.or_delay'
    when is_deleted and is_deregistered then 'going.told'
    when is_deleted and deregistered_earliest > routed_at then 'going.not_told'
    when is_deleted then 'going.told_unknown'

    -- The order of its deletion and the routing is not known.
    when is_deletion_unsure and (is_node_lost or is_node_silent) and not is_deregistered and not is_instance
      then 'node.or_deleted'
    -- Chosen before its deletion or after: it outlived the request, which the end of the delay cut off.
    when is_deletion_unsure and is_at_drain_end and not is_cut_at_exit and deregistered_latest is not null
      and is_outlived and is_drain_known and is_drain_end_narrow then 'delay.elapsed'
    when is_deletion_unsure and is_deregistered and not is_cut_near_deregistration then 'going.told'
    -- A healthy pod that refuses a connection in the very second of its deletion is no other reading.
    when is_deletion_unsure and is_unconnected and not is_group_silent and is_narrow(deleted_earliest, deleted_latest)
      then 'going.at_deletion'
    -- Nor is one that from then on never answers again, though others of its group do and answers of it were due.
    when is_deletion_unsure and is_unconnected and is_silent_for_good and not is_group_silent and (is_gone_soon or not may_be_node)
      then 'going.silent_since'
    when is_deletion_unsure and (is_unconnected or is_race or mechanism = 'response_timeout' and failed_deletion <> 'after')
      then 'going.deletion_or_healthy'
    when is_deletion_unsure then 'going.deletion_or_killed'

    -- A container that ended explains the failure, and the deregistration that followed it.
    when is_restarted and not is_deleted_in_flight then 'restart.ended'

    -- Deregistered before it was chosen, and not deleted by then.
    when is_deregistered and is_at_drain_end and is_alive and is_drain_known and is_drain_end_narrow then 'delay.late_routed'
    when (is_deregistered or is_deregistration_unsure) and is_node_lost and is_instance and not is_deleted_in_flight
      then 'machine.lost'
    when (is_deregistered or is_deregistration_unsure) and (is_node_lost or is_node_silent_for_good) and not is_deletion_near
      and not is_deleted_in_flight then 'node.lost_then_deregistered'
    when (is_deregistered or is_deregistration_unsure) and is_alive and may_be_node and not is_deletion_near
      then 'deregistered.or_node'
    when is_deregistered and is_deletion_near then 'going.deregistered_first'
    when is_deregistered and is_alive and deleted_latest is not null
      and deleted_earliest <= deregistered_latest + coalesce(deregistration_delay_seconds, default_delay_seconds()) * interval '1' second
      then 'deregistered.then_deleted'
    -- A container that died deregistered its target too: who does not see containers cannot tell.
    when (is_deregistered or is_deregistration_unsure) and is_alive and target_kind = 'pod' and not are_containers_known
      and mechanism in ('connect_failed', 'closed_in_flight') then 'deregistered.or_restart'
    when is_deregistered and is_alive and is_deregistration_clock_safe then 'deregistered.alive'
    when is_deregistered and is_alive then 'deregistered.within_clocks'
    when is_deregistered and life is null and mechanism <> 'connect_timeout'
      and registered_again_at <= routed_at + next_registration_pause() then 'going.or_next_pod'
    when is_deregistered and is_registered_again then 'going.or_returned'
    -- As many pods had been deleted as targets had fallen silent: no node was lost, and the call was only late.
    when is_deregistered and is_silent_before_deregistration and is_one_of_gone and is_unconnected then 'going.one_of_several'
    when is_deregistered and is_silent_before_deregistration then 'going.or_lost'
    when is_deregistered and is_cut_near_deregistration and is_silent_for_good then 'going.deregistration_or_killed'
    when is_deregistered then 'going.deregistered'
    when is_deregistration_unsure and is_alive then 'deregistered.unsure'
    when is_deregistration_unsure and is_unconnected and is_silent_for_good and not is_group_silent and not is_silent_before_deregistration
      and not is_registered_again and not is_deleted_in_flight
      -- A task whose container ended by itself is deregistered too, and never comes back.
      and (is_controller_group or life is not null and target_kind <> 'ecs_task') then 'going.silent_since'
    when (is_deregistration_unsure or is_deregistration_open) and is_one_of_gone and is_unconnected and not is_registered_again
      then 'going.one_of_several'
    when is_deregistration_unsure and is_unconnected and is_silent_for_good and not is_silent_before_deregistration
      and not is_registered_again and not is_deleted_in_flight then 'going.or_ended_itself'
    when is_deregistration_unsure and is_cut_near_deregistration and is_silent_for_good and not is_deleted_in_flight
      then 'going.deregistration_or_killed'
    when is_deregistration_unsure and not is_deleted_in_flight then 'going.deregistration_or_healthy'
    when is_deregistration_open and not is_alive and not is_deleted_in_flight then 'going.deregistration_open'

    -- Deleted while the request ran.
    when is_refused_for_good and is_deleted_in_flight then 'going.silent_since'
    when is_deleted_in_flight and is_unconnected then 'healthy.near_deletion_unconnected'
    -- A node that saw a container end was not lost by then; one of EKS Fargate goes with its pod.
    when is_deleted_in_flight and mechanism = 'response_timeout' and is_node_lost and is_instance then 'machine.lost'
    when is_deleted_in_flight and mechanism = 'response_timeout' and is_mute_before_deletion and is_instance and may_be_node
      then 'machine.silent'
    when is_deleted_in_flight and mechanism = 'response_timeout' and is_node_lost
      and not coalesce(first_finished_earliest >= routed_at, false) then 'node.stated'
    when is_deleted_in_flight and is_at_drain_end and not is_cut_at_exit and is_outlived and is_drain_known
      then 'delay.elapsed'
    when is_deleted_in_flight and is_at_drain_end and not is_cut_at_exit then 'delay.elapsed_or_killed'
    when is_deleted_in_flight and is_cut_at_exit and is_at_drain_end and is_drain_known then 'killed.or_delay'
    -- ECS ends a task of a planned stop when the delay is over.
    when is_deleted_in_flight and is_cut_at_exit and target_kind = 'ecs_task' and not is_drain_known
      and deleted_reason = 'ServiceSchedulerInitiated' then 'killed.or_unknown_delay'
    when is_deleted_in_flight and is_cut_at_exit then 'killed.cut_at_exit'
    when is_deleted_in_flight and is_race and is_outlived then 'healthy.race_while_terminating'
    when is_deleted_in_flight and is_race then 'killed.or_race'
    when is_deleted_in_flight and failed_deletion = 'within' then 'killed.deletion_unsure'
    when is_deleted_in_flight and mechanism = 'closed_in_flight' and is_outlived and deregistered_latest is null
      then 'killed.outlived_or_delay'
    when is_deleted_in_flight and mechanism = 'closed_in_flight' and is_outlived then 'killed.outlived'
    when is_deleted_in_flight and mechanism = 'closed_in_flight' and exited_latest is null then 'killed.exit_unknown'
    when is_deleted_in_flight and mechanism = 'closed_in_flight' then 'killed.closed'
    when is_deleted_in_flight and is_outlived then 'healthy.slow_while_terminating'
    when is_deleted_in_flight and exited_latest is null then 'killed.silent_exit_unknown'
    when is_deleted_in_flight and exited_latest > time then 'killed.silent_or_slow'
    when is_deleted_in_flight and is_mute_before_deletion then 'killed.silent_before'
    when is_deleted_in_flight then 'killed.silent'

    -- Not deleted.
    when is_alive and is_at_drain_end and is_drain_known and is_drain_end_narrow then 'delay.elapsed'
    when is_alive and is_at_drain_end then 'delay.elapsed_or_healthy'
    -- Who answered at the address before this pod was there is not known: it may have been chosen still.
    when is_unready and previous_life is null and coalesce(answered_before < created_earliest, false)
      and not is_registration_covered then 'start.or_previous'
    when is_unready and is_first_ready and routed_at >= ready_earliest - clock_slack() and is_started
      then 'start.near_readiness'
    when is_unready and is_first_ready then 'start.not_ready'
    when is_unready and coalesce(ready_restart_count, 0) > 0 then 'start.or_restart'
    when is_unready then 'start.readiness_unsure'
    when is_node_lost and is_instance then 'machine.lost'
    when is_node_lost then 'node.stated'
    when is_node_silent_for_good then 'node.silent'
    -- The machine was well: behind a node port the pods decide, all of them together.
    when is_alive and is_node_port and pods_behind = 0 and pods_over > 0 and is_unconnected then 'backend.none_left'
    when is_alive and is_node_port and pods_behind > 0 and pods_going = pods_behind and pods_going_before = 0
      and not is_unconnected then 'backend.all_killed'
    when is_alive and is_node_port and pods_behind > 0 and pods_going = pods_behind then 'backend.all_going'
    when is_alive and is_node_port and pods_going + pods_unsure > 0 and pods_going_before = 0 and not is_unconnected
      then 'backend.some_killed'
    when is_alive and is_node_port and pods_going + pods_unsure > 0 then 'backend.some_going'
    when is_alive and is_node_port and pods_lost > 0 and is_timeout then 'backend.some_lost'
    when is_alive and is_node_port and pods_down > 0 and not is_timeout then 'backend.some_restarted'
    when is_alive and is_failure_near_deletion and is_refused_for_good then 'going.silent_since'
    when is_alive and is_failure_near_deletion and is_unconnected then 'healthy.near_deletion_unconnected'
    when is_alive and is_failure_near_deletion and mechanism = 'closed_in_flight' and not is_race
      then 'healthy.near_deletion'
    when is_alive and is_silent_into_deletion and is_unconnected and not is_machine then 'healthy.near_deletion_unconnected'
    when is_alive and is_readiness_unsure then 'healthy.or_not_ready'
    when is_alive and may_be_node and is_instance then 'machine.silent'
    when is_alive and may_be_node then 'healthy.or_node'
    when is_alive and is_node_port and pods_behind > 0 then 'backend.none_going'
    when is_alive and is_node_port then 'backend.unknown'
    when is_alive and is_instance and is_never_healthy_yet then 'machine.not_ready'
    -- Out of the target group an application may be stopped: CodeDeploy does so.
    when is_alive and is_instance and not is_registration_covered and not is_registered_until
      and not (is_chosen_later and is_timeout) then 'machine.or_deregistered'
    when is_alive and is_machine then 'machine.alive'
    when is_alive and mechanism in ('connect_failed', 'closed_in_flight') and not are_containers_known
      and not (is_race and is_seen_healthy)
      then 'healthy.or_restart'
    when is_alive and not is_registration_covered and not is_unready_first and not (is_ready_then and is_chosen_later)
      then 'healthy.or_deregistered'
    when is_alive and is_race then 'healthy.race'
    when is_alive and mechanism = 'closed_in_flight' then 'healthy.closed'
    when is_alive and mechanism = 'connect_failed' then 'healthy.refused'
    when is_alive and mechanism = 'connect_timeout' then 'healthy.unreachable'
    when is_alive and mechanism = 'response_timeout' then 'healthy.slow'

    -- No evidence covers it alone: what else went may tell, or the traffic show the shape.
    when is_one_of_gone and is_unconnected then 'going.one_of_several'
    when looks_gone then 'likely.went_away'
    when looks_alive and is_race then 'likely.race'
    when looks_alive and mechanism = 'response_timeout' then 'likely.slow'
    when life is null and is_instance_group then 'unknown.machine_address'
    when life is null then 'unknown.owner'
    when is_over then 'unknown.next_owner'
    when is_machine then 'unknown.machine'
    when failed_deletion is null and deleted_latest is null then 'unknown.deletion'
    when not is_started then 'unknown.start'
    when failed_deletion is not null or deleted_latest is not null then 'unknown.deletion'
  end as rule
from rule_input p
