/** Answers and events of AWS that people give and that say nothing of targets: each is named, with what to give in its place. */
import type { Outline } from './json-outline.ts';
import { quote } from './rejection.ts';

const NAMES = 'names alone';
const DESCRIBE_TASKS =
  'aws ecs describe-tasks --cluster CLUSTER --tasks TASKS, and aws ecs describe-services --cluster CLUSTER --services SERVICE';
const INSTANCES = 'aws ec2 describe-instances, and aws autoscaling describe-scaling-activities';
const DEPLOYMENT = 'aws deploy get-deployment-target --deployment-id ID --target-id INSTANCE, once for each instance';
const GROUPS = 'aws elbv2 describe-target-groups, and aws elbv2 describe-target-health';

/** By a member at the top of the answer: what it is, and what to give. */
const ANSWERS: readonly (readonly [member: string, what: string, instead: string])[] = [
  ['taskArns', `tasks of ECS, ${NAMES}`, DESCRIBE_TASKS],
  ['serviceArns', `services of ECS, ${NAMES}`, DESCRIBE_TASKS],
  ['clusterArns', `clusters of ECS, ${NAMES}`, DESCRIBE_TASKS],
  ['taskDefinitionArns', `task definitions, ${NAMES}`, 'aws ecs describe-task-definition --task-definition NAME'],
  ['containerInstanceArns', `container instances, ${NAMES}`, 'aws ecs describe-container-instances'],
  ['clusters[].clusterArn', 'clusters of ECS', DESCRIBE_TASKS],
  ['taskSets[].taskSetArn', 'task sets of ECS', DESCRIBE_TASKS],
  ['taskSet.taskSetArn', 'a task set of ECS', DESCRIBE_TASKS],
  ['serviceRevisions[].serviceRevisionArn', 'revisions of a service of ECS', DESCRIBE_TASKS],
  ['InstanceRefreshes[].InstanceRefreshId', 'instance refreshes, without their instances', INSTANCES],
  ['InstanceStatuses[].InstanceId', 'status checks of instances', INSTANCES],
  ['TerminatingInstances[].InstanceId', 'an answer of terminate-instances, which has no time', INSTANCES],
  ['StoppingInstances[].InstanceId', 'an answer of stop-instances, which has no time', INSTANCES],
  ['NetworkInterfaces[].NetworkInterfaceId', 'network interfaces', INSTANCES],
  ['deploymentInfo.deploymentId', 'a deployment of CodeDeploy, without its instances', DEPLOYMENT],
  ['deploymentsInfo[].deploymentId', 'deployments of CodeDeploy, without their instances', DEPLOYMENT],
  ['instancesList', `instances of a deployment, ${NAMES}`, DEPLOYMENT],
  ['targetIds', `targets of a deployment, ${NAMES}`, DEPLOYMENT],
  [
    'deploymentTarget.ecsTarget',
    'a deployment of CodeDeploy to ECS, which has no times of single tasks',
    DESCRIBE_TASKS,
  ],
  ['Listeners[].ListenerArn', 'listeners of a load balancer', GROUPS],
  ['Rules[].RuleArn', 'rules of a listener', GROUPS],
  ['TagDescriptions[].ResourceArn', 'tags', GROUPS],
  ['LoadBalancerTargetGroups', 'names of target groups', GROUPS],
];

const EVENTS = 'events of the sources aws.ecs, aws.ec2 and aws.autoscaling';

const NO_TARGETS = 'which says nothing of targets';

/** Sources of EventBridge: what such an event lacks, and what to give. */
const SOURCES: Readonly<Record<string, readonly [lacks: string, instead: string]>> = {
  'aws.codedeploy': ['which does not say when traffic was blocked', DEPLOYMENT],
  'aws.health': ['which says what is to come, and not when it came', EVENTS],
};

/** Returns what it is, as a noun phrase with what to give; null for anything else. */
export function otherAnswer(outline: Outline): string | null {
  if (outline.has('detail-type') && outline.has('source')) {
    const [type, source] = [outline.get('detail-type'), outline.get('source')];
    // A rule lists what it lets through.
    if (type == null || source == null) return `a rule of EventBridge, and no event: give ${EVENTS}`;
    const [lacks, instead] = SOURCES[source] ?? [NO_TARGETS, EVENTS];
    return `an event of EventBridge, ${quote(type)} of ${quote(source)}, ${lacks}: give ${instead}`;
  }
  const answer = ANSWERS.find(([member]) => outline.has(member));
  return answer ? `${answer[1]}: give ${answer[2]}` : null;
}
