/** How to get the evidence that a verdict lacks. */
import { lookup } from './lookup.ts';

/** For each word in a verdict's `missing`: how to get the evidence, first the ways that work after the incident. */
const TASK_EVENTS =
  'the events of ECS (`aws logs filter-log-events --log-group-name /aws/events/ecs/containerinsights/CLUSTER/performance`, where event capture is on)';

const REMEDY: Readonly<Record<string, string>> = {
  'pod of the address':
    'load prometheus+https://HOST (kube-state-metrics knows which pod had an address), or a `kubectl get pods -o json`',
  'task of the address': `${TASK_EVENTS}, or \`aws ecs describe-tasks\` while it runs or within the hour`,
  'stopping of the task': `${TASK_EVENTS}, or \`aws ecs describe-tasks\` within the hour`,
  'exit of the task': `${TASK_EVENTS}, or \`aws ecs describe-tasks\` within the hour`,
  'start of the task': `${TASK_EVENTS}, or \`aws ecs describe-tasks\``,
  'restarts of the containers': 'the Events of the hour, or kube-state-metrics; of ECS the events of its tasks',
  'deletion of the pod': 'Kubernetes audit logs, or the Events of the hour (kubectl get events -A -o json)',
  'exit of the pod': 'the capture of `kubectl get pods -o json --watch --output-watch-events`, or kube-state-metrics',
  'start of the pod': 'a `kubectl get pods -o json`, which has when each pod was created and ready',
  'deregistration of the target':
    'CloudTrail (DeregisterTargets), the log of the AWS Load Balancer Controller, or of ECS `aws ecs describe-services`',
  'deregistration delay': '`aws elbv2 describe-target-group-attributes --target-group-arn ARN`',
  'state of the node': '`kubectl get events -A -o json` (NodeNotReady), or the audit logs',
  'state of the machine':
    '`kubectl get nodes -o json` and `kubectl get events -A -o json`, or `aws autoscaling describe-scaling-activities`',
  'machine of the address': '`kubectl get nodes,services,endpointslices -A -o json`, or `aws ec2 describe-instances`',
  'pods behind the node port': '`kubectl get services,endpointslices,pods -A -o json`',
  'traffic of the node port': 'nothing afterwards: only target type ip shows which pod a request went to',
  'state of the host': `${TASK_EVENTS}: a task on a lost host stops with that reason`,
  request_creation_time: 'nothing: logs of that age have no time of the routing',
};

/** Of targets that are no pods, where the remedy would name what they have nothing of. */
const OWN_REMEDY: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ecs_task: {
    'deregistration of the target': 'CloudTrail (DeregisterTargets), or `aws ecs describe-services`',
    'restarts of the containers': TASK_EVENTS,
    'state of the machine': `${TASK_EVENTS}, or \`aws autoscaling describe-scaling-activities\``,
    'machine of the address': '`aws ecs describe-container-instances` and `aws ec2 describe-instances`',
  },
  instance: {
    'deregistration of the target': 'CloudTrail (DeregisterTargets)',
    'state of the machine':
      '`aws autoscaling describe-scaling-activities`, or the events of EventBridge of aws.ec2 and aws.autoscaling',
    'machine of the address': '`aws ec2 describe-instances`',
  },
};

/** Returns what to load for a piece of evidence that is missing, for a target of this kind. */
export const remedyOf = (missing: string, kind: string | null): string =>
  lookup(lookup(OWN_REMEDY, kind) ?? {}, missing) ?? lookup(REMEDY, missing) ?? missing;
