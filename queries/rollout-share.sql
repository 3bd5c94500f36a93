-- Title: Failures that rollouts caused, and the rest
-- Group: is it the rollout
-- Why: needed before a change of a preStop sleep: per target group, how many failures have a
--   terminating pod as their cause, how many certainly do not, and how many are unknown.
-- Param: from timestamp = null -- failures from then on
-- Param: to timestamp = null -- failures before then
-- Needs: verdict
-- Athena: fetched
-- Cost: one scan of the failed rows, and their verdicts.
select
  target_group_arn, count(*) as failures,
  sum(case when cause in ('draining_target', 'killed_in_flight', 'drain_delay_elapsed') then 1 else 0 end)
    as by_termination,
  sum(case when cause = 'no_evidence' then 1 else 0 end) as not_known,
  sum(
    case
      when cause in ('draining_target', 'killed_in_flight', 'drain_delay_elapsed', 'no_evidence') then 0
      else 1
    end
  ) as by_something_else,
  round(
    1e2 * sum(
      case when cause in ('draining_target', 'killed_in_flight', 'drain_delay_elapsed') then 1 else 0 end
    ) / count(*), 3
  ) as by_termination_percent
from verdict
where is_failure(mechanism, cause, elb_status_code)
  and (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
group by target_group_arn
order by failures desc, target_group_arn
