-- Title: Next steps for targets other than pods
-- Why: the rules are the same for all kinds of targets; the settings and the evidence differ. A
--   rule without a row here has the next step of the view rule.
-- Column: rule -- as in the view rule
-- Column: target_kind -- kind of target that the step is for
-- Column: next_step -- the next thing to check or to do
-- Needs: rule
with ecs_step as (
  select rules, next_step
  from (
    values
      (
        'going.told,going.told_unknown,going.deletion_within_clocks,going.at_deletion,going.silent_since,going.or_delay,going.deregistered_first',
        'Keep serving after SIGTERM while requests still come, and set a deregistration delay above the late routing plus the longest request.'
      ),
      (
        'going.not_told',
        'SIGTERM came before the deregistration: stop tasks through their service, not one by one, and keep serving after SIGTERM within stopTimeout.'
      ),
      (
        'going.answered_error,going.answered_error_at_deletion,going.client_left',
        'Let every container of the task, proxies too, serve until the balancer has stopped choosing it: order their ends by dependsOn.'
      ),
      (
        'killed.cut_at_exit,killed.exit_unknown,killed.closed,killed.silent',
        'Let the application finish its requests after SIGTERM, and set the deregistration delay and stopTimeout above the longest request.'
      ),
      ('killed.or_delay', 'Raise both stopTimeout and the deregistration delay above the longest request.'),
      (
        'start.not_ready,start.near_readiness',
        'Let the health check of the target group fail until the application serves; healthCheckGracePeriodSeconds keeps the task alive meanwhile.'
      ),
      ('start.or_restart,healthy.or_restart', 'Load the events of ECS: they show how containers ended.'),
      (
        'healthy.or_deregistered',
        'Load the deregistrations: CloudTrail, the messages of describe-services, or target health of that time.'
      ),
      (
        'deregistered.alive',
        'Look at what took the target out: failed health checks, a change of the service or of the listener, a person.'
      ),
      ('unknown.deletion', 'Load the events of its state, or a later describe-tasks.'),
      ('unknown.start', 'Load the events of its state, or an earlier describe-tasks.')
  ) as e (rules, next_step)
)
select r.rule, 'ecs_task' as target_kind, e.next_step
from ecs_step e
join rule r on contains_word(e.rules, r.rule)
