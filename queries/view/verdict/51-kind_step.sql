-- Title: Next steps for targets other than pods
-- Why: the rules are the same for all kinds of targets; the settings and the evidence differ. A
--   rule without a row here has the next step of the view rule.
-- Column: rule -- as in the view rule
-- Column: target_kind -- kind of target that the step is for
-- Column: next_step -- the next thing to check or to do
-- Needs: rule
with step as (
  select target_kind, rules, next_step
  from (
    values
      (
        'ecs_task',
        'going.told,going.told_unknown,going.deletion_within_clocks,going.at_deletion,going.silent_since,going.or_delay,going.deregistered_first',
        'Keep serving after SIGTERM while requests still come, and set a deregistration delay above the late routing plus the longest request.'
      ),
      (
        'ecs_task',
        'going.not_told',
        'SIGTERM came before the deregistration: stop tasks through their service, not one by one, and keep serving after SIGTERM within stopTimeout.'
      ),
      (
        'ecs_task',
        'going.answered_error,going.answered_error_at_deletion,going.client_left',
        'Let every container of the task, proxies too, serve until the balancer has stopped choosing it: order their ends by dependsOn.'
      ),
      (
        'ecs_task',
        'killed.cut_at_exit,killed.exit_unknown,killed.closed,killed.silent',
        'Let the application finish its requests after SIGTERM, and set the deregistration delay and stopTimeout above the longest request.'
      ),
      ('ecs_task', 'killed.or_delay', 'Raise both stopTimeout and the deregistration delay above the longest request.'),
      (
        'ecs_task',
        'start.not_ready,start.near_readiness',
        'Let the health check of the target group fail until the application serves; healthCheckGracePeriodSeconds keeps the task alive meanwhile.'
      ),
      ('ecs_task', 'start.or_restart,healthy.or_restart', 'Load the events of ECS: they show how containers ended.'),
      (
        'ecs_task',
        'healthy.or_deregistered',
        'Load the deregistrations: CloudTrail, the messages of describe-services, or target health of that time.'
      ),
      (
        'ecs_task',
        'deregistered.alive',
        'Look at what took the target out: failed health checks, a change of the service or of the listener, a person.'
      ),
      ('ecs_task', 'unknown.deletion', 'Load the events of its state, or a later describe-tasks.'),
      ('ecs_task', 'unknown.start', 'Load the events of its state, or an earlier describe-tasks.'),
      (
        'instance',
        'going.told,going.told_unknown,going.deletion_within_clocks,going.at_deletion,going.silent_since,going.or_delay,going.deregistered_first,going.answered_error,going.answered_error_at_deletion,going.client_left',
        'Let the instance serve until the balancer has stopped choosing it: a deregistration delay above the late routing plus the longest request, and for Spot the rebalance of its group.'
      ),
      (
        'instance',
        'going.not_told',
        'The instance ended before its deregistration: let its group end it (`aws autoscaling terminate-instance-in-auto-scaling-group`), or deregister it first and wait for the deregistration delay.'
      ),
      (
        'instance',
        'killed.cut_at_exit,killed.exit_unknown,killed.closed,killed.silent,killed.or_delay,killed.answered_error',
        'End an instance only when its target is drained, with a deregistration delay above the longest request: through its group, not by hand; for Spot turn on the rebalance of the group.'
      ),
      (
        'instance',
        'deregistered.alive,deregistered.within_clocks,deregistered.unsure',
        'Find out what deregistered the target: a deployment (CodeDeploy), a person, the group. Whatever stops the application must wait until the balancer has stopped choosing it, and for the deregistration delay.'
      ),
      (
        'instance',
        'deregistered.or_node,going.or_lost',
        'Load `aws ec2 describe-instance-status`, or `aws autoscaling describe-scaling-activities`: they show whether its status checks failed.'
      ),
      (
        'instance',
        'unknown.machine',
        'Load `aws autoscaling describe-scaling-activities`, a later `aws ec2 describe-instances`, or the events of EC2 and Auto Scaling.'
      ),
      (
        'instance',
        'unknown.next_owner',
        'Load an earlier `aws ec2 describe-instances`: a terminated instance is listed without its address. CloudTrail (RunInstances) has it too.'
      )
  ) as e (target_kind, rules, next_step)
)
select r.rule, e.target_kind, e.next_step
from step e
join rule r on contains_word(e.rules, r.rule)
