-- Title: Consequences of each rule
-- Why: one row per rule: its cause, the other cause if it is ambiguous, the deciding intervals, the fact that would settle
--   more, the sentence and the next step. Names in braces are replaced by the row's values; a part in brackets is left out
--   if one of its values is not known. The tables of the documents are printed from this. Long because it is one table.
-- Column: rule -- id: the state of the target, and the comparison that shows it
-- Column: cause -- the verdict; NULL where no target is to blame
-- Column: other_cause -- the second possible cause of an ambiguous verdict
-- Column: decided_by -- intervals that must be known to a second for an exact verdict, a comma list
-- Column: is_likely -- whether the verdict rests on the traffic alone
-- Column: missing -- the one fact that would settle more
-- Column: condition -- when the rule holds, in words
-- Column: sentence -- the verdict in words
-- Column: next_step -- the next thing to check or to do
-- Needs: nothing
select rule, cause, other_cause, decided_by, is_likely, missing, condition, sentence, next_step
from (
  values
    (
      'group.empty', 'no_healthy_target', null, '', false, null,
      'the group had no target that could be used',
      'The target group had no usable registered target[; it last had one at {last_healthy_at}].[ Its last target {left_target} was deregistered at {left_at}][ by {left_by}][, while its {kind} {left_pod} lived on].[ The next one was registered at {next_at}][, at least {next_after_ready} after its {kind} was ready].',
      'Keep at least one target registered: look at who deregistered the last one, and why the next one came late.'
    ),
    (
      'group.empty_for_node', 'no_healthy_target', null, 'estimate', false, null,
      'the balancer had no target, while its group answered within two seconds before and after',
      'The node of the balancer that got the request had no target that it could use, while the target group answered within two seconds before and after.[ Target {left_target} had been deregistered at {left_at}.][ The caller was {left_by}.]',
      'Keep one target registered where the group had just lost its last. Else look at whether each zone has targets of its own, and at cross-zone load balancing: where that is off, a zone without targets answers 503.'
    ),
    (
      'group.optimizer', 'healthy_target', 'no_healthy_target', '', false, 'state of the targets',
      'a 503 of a group with a target control port',
      'The target optimizer of this group refused the request: no target had asked for work, or none was registered.',
      'Compare the concurrency that the targets ask for with the requests that come.'
    ),
    (
      'going.answered_error', 'draining_target', null, 'deletion', false, null,
      'the target answered 5xx itself, R after D or X',
      'The target was already going away when it was chosen[, at least {after_deletion} after its {ending}][, at least {after_deregistration} after its deregistration], and answered {status} itself.',
      'Let every container of the {kind}, proxies too, serve until the balancer has stopped choosing it.'
    ),
    (
      'going.answered_error_at_deletion', 'draining_target', 'killed_in_flight', 'deletion', false, 'deletion of the pod',
      'the target answered 5xx itself, R within the interval of D, F after it',
      'The {ending} of the {kind} began at about the time of the routing, and the {kind} answered {status} itself after it.',
      'Let every container of the {kind}, proxies too, serve until the balancer has stopped choosing it.'
    ),
    (
      'killed.answered_error', 'killed_in_flight', null, 'deletion', false, null,
      'the target answered 5xx itself, D between R and F',
      'The request was running when its {kind} began to terminate, and got the answer {status}.',
      'Let the application finish its requests after SIGTERM, and end its side containers last.'
    ),
    (
      'going.client_left', 'draining_target', null, 'deletion', false, null,
      'the client left, R after D or X',
      'The client gave up on a target that was already going away[, at least {after_deletion} after its {ending}].',
      'Let the {kind} serve until the balancer has stopped choosing it.'
    ),
    (
      'row.target_error', null, null, '', false, null,
      'the target answered 5xx itself',
      'The application sent this answer itself.',
      'Look at the application.'
    ),
    (
      'row.client_closed', null, null, '', false, null,
      'the client closed the connection',
      'The client closed the connection before it had an answer.',
      'Look at slow requests, and at the timeouts of clients.'
    ),
    (
      'row.fixed_response', null, null, '', false, null,
      'a listener rule answered',
      'A listener rule answered; no target was asked.',
      'Look at the rules of the listener.'
    ),
    (
      'row.waf', null, null, '', false, null,
      'WAF answered',
      'Answered by the balancer''s WAF step[ ({error_reason})].',
      'Look at the web ACL.'
    ),
    (
      'row.auth', null, null, '', false, null,
      'authentication answered',
      'Answered by the balancer''s authentication step[ ({error_reason})].',
      'Look at the identity provider.'
    ),
    (
      'row.lambda', null, null, '', false, null,
      'a Lambda function failed',
      'The Lambda function gave no answer that the balancer accepts[ ({error_reason})].',
      'Look at the log of the function.'
    ),
    (
      'row.transform', null, null, '', false, null,
      'a transform failed',
      'Answered by the balancer''s transform step[ ({error_reason})].',
      'Look at the transforms of the rule.'
    ),
    (
      'row.rejected_request', null, null, '', false, null,
      'the balancer refused the request',
      'The balancer refused the request.',
      'Look at the client.'
    ),
    (
      'row.other', null, null, '', false, null,
      'no other mechanism',
      'This row fits none of the known mechanisms.',
      'Read the row; docs/verdicts.md lists the mechanisms.'
    ),
    (
      'unknown.routing_time', 'no_evidence', null, '', false, 'request_creation_time',
      'the row has no request_creation_time',
      'This row''s format has no request_creation_time, so the time when the target was chosen is unknown.',
      'Use logs of 2018-05 or later.'
    ),
    (
      'delay.late_routed', 'drain_delay_elapsed', null, 'deregistration,delay', false, null,
      'routed to a going target, cut at X + delay, still alive',
      'The {kind} was still running when the deregistration delay of its target ended and the balancer closed the connection; the request had been routed to it after its end had begun.',
      'Set a deregistration delay of at least the late routing after the deregistration plus the longest request.'
    ),
    (
      'delay.late_routed_unsure', 'drain_delay_elapsed', 'draining_target', 'deregistration,delay', false, 'exit of the pod',
      'routed to a going target, cut at about X + delay',
      'The request was routed to a target that was going away, and cut off when its deregistration delay may have ended.',
      'Set a deregistration delay of at least the late routing after the deregistration plus the longest request.'
    ),
    (
      'going.deletion_within_clocks', 'draining_target', 'killed_in_flight', 'deletion', false, 'exit of the pod',
      'R after D by less than the clocks agree',
      'The balancer chose a target that was already going away, at least {after_deletion} after its {ending}: within the possible clock difference.',
      'Let the {kind} serve until the balancer has stopped choosing it, and finish its requests.'
    ),
    (
      'going.closed_after_exit', 'draining_target', 'killed_in_flight', 'deletion', false, 'exit of the pod',
      'R after D, closed while running, long after T',
      'The balancer chose a target that was already going away, and somebody closed the connection more than two seconds after the last container had ended: a clock is off.',
      'Look at the answer of `draintrace query clock-offsets`: `trace` names the flag that corrects the clock.'
    ),
    (
      'going.or_delay', 'draining_target', 'drain_delay_elapsed', 'deletion', false, 'deregistration of the target',
      'R after D, closed while X and the delay are not known',
      'The balancer chose a target that was already going away, at least {after_deletion} after its {ending}. It is not known whether the target or the balancer closed the connection.',
      'Let the {kind} serve until the balancer has stopped choosing it.'
    ),
    (
      'going.told', 'draining_target', null, 'deletion', false, null,
      'R after D and X',
      'The balancer chose a target that was already going away[, at least {after_deletion} after its {ending}][, at least {after_deregistration} after its deregistration].',
      'Let the {kind} serve until the balancer has stopped choosing it.'
    ),
    (
      'going.not_told', 'draining_target', null, 'deletion', false, null,
      'R after D, X later than R',
      'The balancer chose a target that was already going away, at least {after_deletion} after its {ending}. The target had not been deregistered yet[: the deregistration came at least {lateness} after the {ending}].',
      'Let the {kind} serve until the balancer has stopped choosing it; find out what deregisters the target, and why it is late.'
    ),
    (
      'going.told_unknown', 'draining_target', null, 'deletion', false, 'deregistration of the target',
      'R after D, X not known',
      'The balancer chose a target that was already going away, at least {after_deletion} after its {ending}. The time of its deregistration is not known.',
      'Let the {kind} serve until the balancer has stopped choosing it.'
    ),
    (
      'going.at_deletion', 'draining_target', null, 'deletion,estimate', false, null,
      'R in the second of D, no connection',
      'The balancer chose a target in the second of its {ending}, and could not connect to it.',
      'Let the {kind} serve until the balancer has stopped choosing it.'
    ),
    (
      'going.silent_since', 'draining_target', null, 'deletion,estimate', false, 'deletion of the pod',
      'R within the interval of D or X, or refused just before D, no connection, and never an answer again',
      'The {ending} of the {kind}, or the deregistration of its target, began at about the time of the routing. The target had answered until {answered_before}; then the connection failed, and the target never answered again, while its group continued.',
      'Let the {kind} serve until the balancer has stopped choosing it.'
    ),
    (
      'going.deletion_or_healthy', 'draining_target', 'healthy_target', 'deletion', false, 'deletion of the pod',
      'R within the interval of D',
      'The {ending} of the {kind} began at about the time of the routing.',
      'Load a source that dates the deletion more exactly.'
    ),
    (
      'going.deletion_or_killed', 'draining_target', 'killed_in_flight', 'deletion', false, 'deletion of the pod',
      'R within the interval of D, F after it',
      'The {ending} of the {kind} began at about the time of the routing, and had begun when the request failed.',
      'Load a source that dates the deletion more exactly.'
    ),
    (
      'going.deregistered_first', 'draining_target', null, 'deletion,deregistration', false, null,
      'R after X, D at about that time',
      'The balancer chose a target that was already going away[, at least {after_deregistration} after its deregistration].',
      'Let the {kind} serve until the balancer has stopped choosing it.'
    ),
    (
      'going.or_next_pod', 'draining_target', 'not_ready_target', 'deregistration,deletion', false, 'pod of the address',
      'R after X, registered again at once, no pod is known',
      'The target was deregistered[ at least {after_deregistration} before the routing], and registered again so soon that the address may have belonged to the next one.',
      'Load a source that names the owner of this address.'
    ),
    (
      'going.or_returned', 'draining_target', 'deregistered_alive', 'deregistration,deletion', false, 'deletion of the pod',
      'R after X, registered again soon, D not known',
      'The balancer chose a target that was deregistered[ at least {after_deregistration} before]; it was registered again at {registered_again_at}.',
      'Load a source that names the owner of this address, and shows whether it was deleted.'
    ),
    (
      'going.or_ended_itself', 'draining_target', 'container_restart', 'deregistration', false, 'pod of the address',
      'R within the interval of X, no connection, never an answer again, and no source shows whether it was a pod or a task',
      'The deregistration of the target began at about the time of the routing. The target had answered until {answered_before}; then the connection failed, and the target never answered again, while its group continued. A task of ECS whose container ended by itself is deregistered in the same way.',
      'Load a source that names the owner of this address: events of the tasks, or the pods.'
    ),
    (
      'going.or_lost', 'draining_target', 'node_lost', 'deregistration,deletion', false, 'pod of the address',
      'R after X, D not known, its last answer long before X',
      'The balancer chose a target that was deregistered[ at least {after_deregistration} before]; it had not answered since {answered_before}, long before that.',
      'Load a source that names the owner of this address, and the state of its node.'
    ),
    (
      'going.deregistered', 'draining_target', null, 'deregistration,deletion', false, 'pod of the address',
      'R after X, D not known',
      'The balancer chose a target that was already going away[, at least {after_deregistration} after its deregistration].',
      'Let the target serve until the balancer has stopped choosing it.'
    ),
    (
      'going.deregistration_or_healthy', 'draining_target', 'healthy_target', 'deregistration', false, 'pod of the address',
      'R within the interval of X, D not known',
      'The target was deregistered at about the time of the routing.',
      'Load a source that dates the deregistration more exactly.'
    ),
    (
      'going.deregistration_or_killed', 'draining_target', 'killed_in_flight', 'deregistration', false, 'pod of the address',
      'R at about X, D not known, cut off, and never answered again',
      'The target was deregistered at about the time of the routing, closed the connection while the request ran, and never answered again.',
      'Load the pods of that time: they show whether the deletion came before the request.'
    ),
    (
      'going.deregistration_open', 'draining_target', 'healthy_target', 'deregistration', false, 'pod of the address',
      'R after a deregistration began whose end is not known, D not known',
      'A deregistration of the target had begun when it was chosen; the end of the deregistration is not known.',
      'Load a source that names the owner of this address.'
    ),
    (
      'going.one_of_several', 'draining_target', null, 'deletion,estimate', false, 'pod of the address',
      'silent for good after R; no pod of the address is known, and as many pods without a known address had been deleted',
      'Target {target} had answered until {answered_before}, and never again. By then {gone_pods} of its workload with an unknown address had begun to terminate, and {silent_targets} of its group with an unknown {kind} had fallen silent: it was one of these.',
      'Let the {kind} serve until the balancer has stopped choosing it.'
    ),
    (
      'deregistered.alive', 'deregistered_alive', null, 'deregistration,alive', false, null,
      'R after X, never deleted',
      'The balancer chose a target that was deregistered[ at least {after_deregistration} before][ by {deregistered_by}] while its {kind} lived on: nobody deleted it[, and it was registered again at {registered_again_at}].',
      'Look at what took the target out: a failed readiness probe, a label, a binding, another controller, a person.'
    ),
    (
      'deregistered.within_clocks', 'deregistered_alive', 'healthy_target', 'deregistration,alive', false, 'deregistration of the target',
      'R after X by less than the clocks agree, never deleted',
      'The balancer chose a target that was deregistered[ at least {after_deregistration} before, by the clock of its source][ by {deregistered_by}] while its {kind} lived on: within the possible clock difference.',
      'Look at what took the target out: a failed readiness probe, a label, a binding, another controller, a person.'
    ),
    (
      'deregistered.then_deleted', 'deregistered_alive', 'draining_target', 'deregistration,alive', false, null,
      'R after X, deleted soon after',
      'The target was deregistered[ at least {after_deregistration} before the routing] while its {kind} lived on, and deleted some time later.',
      'Look at what took the target out before its {kind} was deleted.'
    ),
    (
      'deregistered.or_node', 'deregistered_alive', 'node_lost', 'deregistration,alive', false, 'state of the node',
      'R after X or about then, not deleted, never answered again',
      'The target was deregistered at about the time of the routing or before, while its {kind} was not ending; it never answered again.',
      'Load the state of the nodes, or Events.'
    ),
    (
      'deregistered.or_restart', 'deregistered_alive', 'container_restart', 'deregistration,alive', false, 'restarts of the containers',
      'R after X or about then, refused or closed, never deleted, by sources that do not record all restarts',
      'The target was deregistered at about the time of the routing or before, while its {kind} was not ending. It is not known whether one of its containers restarted.',
      'Load a source that records the containers: `kubectl get pods -o json`, Events, or metrics.'
    ),
    (
      'deregistered.unsure', 'deregistered_alive', 'healthy_target', 'deregistration,alive', false, 'deregistration of the target',
      'R within the interval of X, never deleted',
      'The target was deregistered at about the time of the routing while its {kind} lived on.',
      'Look at what took the target out, and load a source that dates it more exactly.'
    ),
    (
      'killed.cut_at_exit', 'killed_in_flight', null, 'deletion,registration', false, null,
      'D between R and F, cut off at T',
      'The request was running when its {kind} began to terminate, and was cut off when the {kind} exited[, at least {grace_used} after the {ending}; its grace period is {grace}].',
      'Let the application finish its requests after SIGTERM, or raise the grace period above the longest request.'
    ),
    (
      'killed.or_delay', 'killed_in_flight', 'drain_delay_elapsed', 'deletion', false, 'exit of the pod',
      'D between R and F, cut off at T and at X + delay',
      'The request was cut off when its {kind} ended, which was also when the deregistration delay was over.',
      'Raise both the grace period and the deregistration delay above the longest request.'
    ),
    (
      'killed.or_unknown_delay', 'killed_in_flight', 'drain_delay_elapsed', 'deletion', false, 'deregistration delay',
      'D between R and F, cut off at T of a planned stop of ECS, which follows the delay; the delay is not known',
      'The request was cut off when its {kind} exited, soon after a deregistration delay that no evidence has: that delay may have cut it off.',
      'Load the deregistration delay of the target group: `draintrace incident` gathers it, or `aws elbv2 describe-target-group-attributes`.'
    ),
    (
      'killed.or_race', 'killed_in_flight', 'healthy_target', 'deletion', false, 'exit of the pod',
      'D between R and F, closed at once',
      'The {kind} began to terminate while the request ran. The connection was closed at once, as in a keep-alive race.',
      'Compare the idle timeout of the application with that of the balancer.'
    ),
    (
      'killed.deletion_unsure', 'killed_in_flight', 'healthy_target', 'deletion', false, 'deletion of the pod',
      'F within the interval of D',
      'The {kind} began to terminate at about the time of the failure.',
      'Load a source that dates the deletion more exactly.'
    ),
    (
      'killed.outlived_or_delay', 'killed_in_flight', 'drain_delay_elapsed', 'deletion', false, 'deregistration of the target',
      'D between R and F, T later, X not known',
      'The request was running when its {kind} began to terminate. The connection was closed before the {kind} exited: by the application, or by the balancer at the end of the deregistration delay.',
      'Let the application finish its requests after SIGTERM.'
    ),
    (
      'killed.outlived', 'killed_in_flight', 'healthy_target', 'deletion', false, null,
      'D between R and F, T later',
      'The request was running when its {kind} began to terminate. The connection was closed before the {kind} exited[, at least {grace_used} after the {ending}].',
      'Let the application finish its requests after SIGTERM.'
    ),
    (
      'killed.exit_unknown', 'killed_in_flight', null, 'deletion,exit', false, 'exit of the pod',
      'D between R and F, T not known',
      'The request was running when its {kind} began to terminate[, and failed at least {grace_used} after the {ending}; its grace period is {grace}].',
      'Let the application finish its requests after SIGTERM, or raise the grace period above the longest request.'
    ),
    (
      'killed.closed', 'killed_in_flight', null, 'deletion,exit,registration', false, null,
      'D and T between R and F',
      'The request was running when its {kind} began to terminate, and failed after the {kind} had exited.',
      'Let the application finish its requests after SIGTERM, or raise the grace period above the longest request.'
    ),
    (
      'killed.silent', 'killed_in_flight', null, 'deletion,exit,registration', false, null,
      'D and T between R and F, no answer',
      'The {kind} ended while the request waited for its answer.',
      'Let the application finish its requests after SIGTERM, or raise the grace period above the longest request.'
    ),
    (
      'killed.silent_before', 'killed_in_flight', 'healthy_target', 'deletion', false, 'state of the targets',
      'D and T between R and F, no answer to any request since R, long before D',
      'The {kind} ended while the request waited for its answer, but it had answered no request since {answered_before}, before its {ending}.',
      'Look at what the {kind} did before it began to terminate, and at the network between it and the balancer.'
    ),
    (
      'killed.silent_exit_unknown', 'killed_in_flight', 'healthy_target', 'deletion', false, 'exit of the pod',
      'D between R and F, T not known, no answer',
      'The {kind} began to terminate while the request waited for its answer.',
      'Load a source that dates its exit.'
    ),
    (
      'killed.silent_or_slow', 'killed_in_flight', 'healthy_target', 'deletion', false, 'exit of the pod',
      'D between R and F, F within the interval of T, no answer',
      'The {kind} began to terminate while the request waited for its answer.',
      'Load a source that dates its exit.'
    ),
    (
      'delay.elapsed', 'drain_delay_elapsed', null, 'deregistration,delay', false, null,
      'cut at X + delay, still alive',
      'The {kind} was still running when the deregistration delay of its target ended and the balancer closed the connection.',
      'Set a deregistration delay above the longest request.'
    ),
    (
      'delay.elapsed_or_killed', 'drain_delay_elapsed', 'killed_in_flight', 'deregistration,delay', false, 'exit of the pod',
      'cut at about X + delay, T not known to be later',
      'The connection was closed when the deregistration delay of the target may have ended.',
      'Set a deregistration delay above the longest request.'
    ),
    (
      'delay.elapsed_or_healthy', 'drain_delay_elapsed', 'healthy_target', 'deregistration,delay', false, 'deregistration delay',
      'cut at about X + delay, alive',
      'The connection was closed when the deregistration delay of the target may have ended.',
      'Load the attributes of the target group.'
    ),
    (
      'restart.ended', 'container_restart', null, 'restart', false, null,
      'a container of the living pod ended around F, or had not restarted',
      'Container {container} of the living {kind} ended ({container_reason}[, exit code {exit_code}]) around the failure.',
      'Look at why the container ended: its last log, its memory limit, its liveness probe.'
    ),
    (
      'restart.essential_ended', 'container_restart', null, 'deletion', false, null,
      'an essential container of the task ended by itself, before F',
      'An essential container of the {kind} ended by itself[ ({why_deleted})]. ECS stopped and deregistered the {kind} because of that, some seconds later[: at least {lateness_of_call} later].',
      'Look at why the container ended: its last log, its memory limit, its health check.'
    ),
    (
      'start.not_ready', 'not_ready_target', null, 'readiness', false, null,
      'R before it was ready for the first time',
      'The request was routed at least {before_ready} before the {kind} was ready for the first time.',
      'Turn on the readiness gate of the load balancer controller, and let the health check fail until the application serves.'
    ),
    (
      'start.near_readiness', 'not_ready_target', 'healthy_target', 'readiness', false, 'start of the pod',
      'R before the first readiness by less than the clocks agree',
      'The request was routed just before the {kind} was ready for the first time: within the possible clock difference.',
      'Turn on the readiness gate of the load balancer controller.'
    ),
    (
      'start.or_restart', 'not_ready_target', 'container_restart', 'readiness', false, 'restarts of the containers',
      'R before a readiness that followed a restart',
      'The request was routed before the {kind} was ready, after a restart that its source does not date.',
      'Load a source that dates the restarts: Events, or a recorded watch.'
    ),
    (
      'start.or_previous', 'not_ready_target', 'draining_target', 'readiness', false, 'pod of the address',
      'R before its readiness, and another target had answered at the address before it was created',
      'The request was routed before the {kind} at this address was ready; another one had answered there before it was created.',
      'Load a source that names the earlier owner of this address.'
    ),
    (
      'start.readiness_unsure', 'not_ready_target', 'healthy_target', 'readiness', false, 'start of the pod',
      'R before a readiness that may not have been the first',
      'The request was routed before the {kind} became ready; it may have been ready before.',
      'Load a source that dates its first readiness: a recorded watch, or metrics.'
    ),
    (
      'node.lost_then_deregistered', 'node_lost', null, 'deregistration,estimate', false, null,
      'the node was lost, and the target deregistered for it',
      'Node {node} was lost[: the cluster called it {node_reason} at {node_stated_at}], and its targets were deregistered for it.',
      'Find out why the node was lost.'
    ),
    (
      'node.stated', 'node_lost', null, 'estimate', false, null,
      'the cluster called the node NotReady around the failure',
      'Node {node} was lost[: the cluster called it {node_reason} at {node_stated_at}].',
      'Find out why the node was lost.'
    ),
    (
      'node.silent', 'node_lost', null, 'estimate', false, 'state of the node',
      'lives of the node fell silent together and never answered again',
      'Node {node} was lost: {silent_pods} on it fell silent together and never answered again, and none was ending.',
      'Find out why the node was lost.'
    ),
    (
      'node.or_deleted', 'node_lost', 'draining_target', 'estimate', false, 'deletion of the pod',
      'the node was lost, R within the interval of D',
      'Node {node} was lost[: the cluster called it {node_reason} at {node_stated_at}]; its {kind} was deleted at about the time of the routing, or after it.',
      'Find out why the node was lost.'
    ),
    (
      'healthy.near_deletion_unconnected', 'healthy_target', 'draining_target', 'deletion', false, 'deletion of the pod',
      'refused or silent just before D',
      'The connection to the {kind} failed just before its {ending}: within the possible clock difference.',
      'Load a source that dates the deletion more exactly.'
    ),
    (
      'healthy.race_while_terminating', 'healthy_target', null, 'exit', false, null,
      'closed at once, D between R and F, T later',
      'The connection was closed at once, as in a keep-alive race, while the {kind} was ending and still served.',
      'Set the idle timeout of the application above that of the balancer.'
    ),
    (
      'healthy.slow_while_terminating', 'healthy_target', null, 'exit', false, null,
      'no answer, D between R and F, T later than F',
      'The {kind} was ending, but still running when the request failed: its termination was not the cause.',
      'Look at what the application was doing.'
    ),
    (
      'healthy.near_deletion', 'healthy_target', 'killed_in_flight', 'deletion', false, 'deletion of the pod',
      'closed just before D',
      'The connection was closed just before the {kind} began to terminate: within the possible clock difference.',
      'Load a source that dates the deletion more exactly.'
    ),
    (
      'healthy.or_not_ready', 'healthy_target', 'not_ready_target', 'alive', false, 'start of the pod',
      'R within the interval of the first readiness',
      'The {kind} became ready at about the time of the routing.',
      'Load a source that dates its first readiness.'
    ),
    (
      'healthy.or_node', 'healthy_target', 'node_lost', 'alive', false, 'state of the node',
      'silent, and never answered again',
      'The {kind} was not ending, and never answered again: its node may have been lost.',
      'Load the state of the nodes, or Events.'
    ),
    (
      'healthy.or_restart', 'healthy_target', 'container_restart', 'alive', false, 'restarts of the containers',
      'alive, by sources that do not record all restarts',
      'The {kind} was not ending. It is not known whether one of its containers restarted.',
      'Load a source that records the containers: `kubectl get pods -o json`, Events, or metrics.'
    ),
    (
      'healthy.or_deregistered', 'healthy_target', 'deregistered_alive', 'alive', false, 'deregistration of the target',
      'alive; whether it was ready and registered at R is not known',
      'The {kind} was not ending. It is not known whether it was ready and registered at the time of the routing.',
      'Load the deregistrations: CloudTrail, the log of the controller, or target health of that time.'
    ),
    (
      'healthy.race', 'healthy_target', null, 'alive,registration', false, null,
      'alive, closed within milliseconds of the routing',
      'The {kind} was running and not ending; it closed the connection within milliseconds of the routing. A keep-alive race is likely.',
      'Set the idle timeout of the application above that of the balancer.'
    ),
    (
      'healthy.closed', 'healthy_target', null, 'alive,registration', false, null,
      'alive, closed while the request ran',
      'The {kind} was running and not ending when it closed the connection: no deployment caused this.',
      'Look at the log of the application, and at its own timeouts.'
    ),
    (
      'healthy.refused', 'healthy_target', null, 'alive,registration', false, null,
      'alive, refused the connection',
      'The {kind} was running and not ending when it refused the connection: no deployment caused this.',
      'Look at the accept queue, and at the port that the application listens on.'
    ),
    (
      'healthy.unreachable', 'healthy_target', null, 'alive,registration', false, null,
      'alive, did not answer the connection',
      'The {kind} was running and not ending, and could not be reached: no deployment caused this.',
      'Look at security groups, network ACLs, the node, and the accept queue.'
    ),
    (
      'healthy.slow', 'healthy_target', null, 'alive,registration', false, null,
      'alive, no answer within the idle timeout',
      'The {kind} was running and not ending, and did not answer in time: no deployment caused this.',
      'Look at what the application was doing.'
    ),
    (
      'likely.went_away', 'draining_target', null, '', true, 'pod of the address',
      'no evidence; the target answered, failed, and never answered again while others went on and new ones began',
      'Target {target} had answered until {answered_before}, and never again, while its group continued and new targets began: it went away, as in a rollout.',
      'Load a source that names the owner of this address to be sure.'
    ),
    (
      'likely.race', 'healthy_target', null, '', true, 'pod of the address',
      'no evidence; closed at once by a target that answered just before and just after',
      'Target {target} answered just before and just after, and closed this connection within milliseconds: a keep-alive race.',
      'Set the idle timeout of the application above that of the balancer.'
    ),
    (
      'likely.slow', 'healthy_target', null, '', true, 'pod of the address',
      'no evidence; no answer in time by a target that answered others meanwhile',
      'Target {target} answered others just before and just after, and did not answer this request in time.',
      'Look at what the application was doing.'
    ),
    (
      'backend.all_going', 'draining_target', null, 'estimate', false, null,
      'the node was healthy; every pod behind the node port was going',
      'Node {node} was healthy. The request may have reached {pods_behind} behind port {port}, and each was ending.',
      'Let the pods serve for as long as requests come, close kept-alive connections after SIGTERM (the balancer keeps its own to the node), or register pods instead of nodes (target type ip).'
    ),
    (
      'backend.some_going', 'draining_target', 'healthy_target', 'estimate', false, 'traffic of the node port',
      'the node was healthy; some of the pods behind the node port were going',
      'Node {node} was healthy. The request may have reached {pods_behind} behind port {port}, {pods_going} of them certainly ending.',
      'Register pods instead of nodes (target type ip) to see which pod fails; compare failures per second after each deletion with the share of the pods that were going.'
    ),
    (
      'backend.answered_error', 'draining_target', null, 'estimate', false, null,
      'the target answered 5xx itself; every pod behind the node port was going',
      'The request may have reached {pods_behind} behind port {port}. Each was ending, and one answered {status} itself.',
      'Let every container of the pod, proxies too, serve for as long as requests come, and close kept-alive connections after SIGTERM.'
    ),
    (
      'backend.all_killed', 'killed_in_flight', null, 'estimate', false, null,
      'the node was healthy; D of every pod behind the node port between R and F',
      'Node {node} was healthy. The request may have reached {pods_behind} behind port {port}, and each began to terminate while the request ran.',
      'Let the application finish its requests after SIGTERM, or raise the grace period above the longest request.'
    ),
    (
      'backend.some_killed', 'killed_in_flight', 'healthy_target', 'estimate', false, 'traffic of the node port',
      'the node was healthy; D of some pods behind the node port between R and F',
      'Node {node} was healthy. The request may have reached {pods_behind} behind port {port}, and {pods_going} of them certainly began to terminate while the request ran.',
      'Register pods instead of nodes (target type ip) to see which pod fails, and let the application finish its requests after SIGTERM.'
    ),
    (
      'backend.none_left', 'draining_target', null, 'estimate', false, null,
      'the node was healthy, and the connection failed; the last pod behind the node port had ended, and the next was not ready',
      'Node {node} was healthy, and no pod is known behind port {port} that the request may have reached: the last one had ended, and the next was not ready.',
      'Keep a pod ready behind the port: with externalTrafficPolicy Local on every node that is registered; look at how many pods go at once.'
    ),
    (
      'backend.some_lost', 'node_lost', 'healthy_target', 'estimate', false, 'traffic of the node port',
      'the node was healthy; some of the pods behind the node port were on a node that was lost',
      'Node {node} was healthy, but pods behind port {port} that the request may have reached were on another node that was lost.',
      'Find out why that node was lost; externalTrafficPolicy Local keeps requests on the node that was asked.'
    ),
    (
      'backend.some_restarted', 'container_restart', 'healthy_target', 'estimate', false, 'traffic of the node port',
      'the node was healthy; a container of a pod behind the node port ended around F, or had not restarted',
      'Node {node} was healthy, and a container of a pod behind port {port} that the request may have reached ended around the failure.',
      'Look at why the container ended: its last log, its memory limit, its liveness probe.'
    ),
    (
      'backend.none_going', 'healthy_target', null, 'alive,estimate', false, null,
      'the node was healthy; no pod behind the node port was going',
      'Node {node} was healthy. The request may have reached {pods_behind} behind port {port}, and none was ending: no deployment caused this.',
      'Look at the log of the application on each of these pods, and at its own timeouts.'
    ),
    (
      'backend.unknown', 'healthy_target', 'draining_target', 'alive,estimate', false, 'pods behind the node port',
      'the node was healthy; which pods were behind the node port is not known',
      'Node {node} was healthy. It is not known which pods were behind port {port}, and whether they were ending.',
      'Load Services, EndpointSlices and pods: `kubectl get services,endpointslices,pods -A -o json`.'
    ),
    (
      'machine.alive', 'healthy_target', null, 'alive', false, null,
      'the instance was running, and was not removed',
      'Instance {pod} was running and not being removed: no scale-in or deployment of instances caused this.',
      'Look at the application on the instance: its log, its restarts, its own timeouts, and its security group.'
    ),
    (
      'machine.not_ready', 'not_ready_target', null, 'estimate', false, null,
      'the instance was registered and had not been healthy yet, nor answered anybody',
      'Instance {pod} was registered, but had not been healthy yet, nor answered anybody: its application was still starting. The balancer chooses such a target only while its group has no healthy one.',
      'Keep a healthy instance in the group while another one starts: launch before you terminate (a minimum healthy percentage of 100), or let a lifecycle hook end when the application serves.'
    ),
    (
      'machine.or_deregistered', 'healthy_target', 'deregistered_alive', 'alive', false, 'deregistration of the target',
      'the instance was running, and was not removed; whether it was registered at R is not known',
      'Instance {pod} was running and not on its way out. Whether it was registered at the time of the routing is not known: a deployment may have taken it out of the target group to stop its application.',
      'Load the deregistrations: CloudTrail, or target health as it was then, which `draintrace watch` polls.'
    ),
    (
      'machine.silent', 'healthy_target', 'node_lost', 'alive', false, 'state of the machine',
      'the instance was running, nobody took it away, and it never answered again',
      'Instance {pod} was not on its way out when it was chosen, and never answered again: its application hung, or it was lost.',
      'Load `aws ec2 describe-instance-status`, or `aws autoscaling describe-scaling-activities`: they tell whether its status checks failed.'
    ),
    (
      'machine.lost', 'node_lost', null, 'estimate', false, null,
      'the status checks of EC2 failed around the failure, and it never answered again',
      'Instance {pod} was lost: it never answered again, and was {node_reason}[, at {node_stated_at} at the latest].',
      'Look at why the instance was lost: its system log, and scheduled events of its host.'
    ),
    (
      'unknown.machine', 'no_evidence', null, '', false, 'state of the machine',
      'no source shows whether the node or instance was going',
      'No evidence shows whether {kind} {pod} was being removed at {routed_at}[; it was last seen healthy at {seen_until}].',
      'Load a later listing of the nodes (`kubectl get nodes -o json`), Events, or `aws autoscaling describe-scaling-activities`.'
    ),
    (
      'unknown.machine_address', 'no_evidence', null, '', false, 'machine of the address',
      'the targets of the group are instances; the owner of the address at R is not known',
      'The targets of this group are instances, so {target} is the address of a machine. No evidence says which machine had it at {routed_at}.',
      'Load `kubectl get nodes,services,endpointslices -A -o json`, or `aws ec2 describe-instances` where there is no Kubernetes.'
    ),
    (
      'unknown.owner', 'no_evidence', null, '', false, 'pod of the address',
      'the owner of the address at R is not known',
      'No evidence names the owner of {target} at {routed_at}.',
      'Load a source that names the owner of this address at that time, and dates its end.'
    ),
    (
      'unknown.next_owner', 'no_evidence', null, '', false, 'pod of the address',
      'the last known owner ended long before',
      'The last {kind} known at {target}, {pod}, ended long before {routed_at}, and the address has had another owner since.',
      'Load a source that names the owner of this address at that time.'
    ),
    (
      'unknown.deletion', 'no_evidence', null, '', false, 'deletion of the pod',
      'no source shows whether it was going',
      'No evidence shows whether {pod} was ending at {routed_at}[; it was last seen running at {seen_until}].',
      'Load its deletion time, or a later listing of pods.'
    ),
    (
      'unknown.start', 'no_evidence', null, '', false, 'start of the pod',
      'no source shows that it had started',
      'No evidence shows that {pod} was running at {routed_at}.',
      'Load its creation time, or a listing of pods taken before that.'
    )
) as r (rule, cause, other_cause, decided_by, is_likely, missing, condition, sentence, next_step)
