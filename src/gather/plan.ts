/**
 * The plan of a gathering, a pure value: each step with its calls, the rights that they need, what they may settle, and their
 * cost. The help, `--plan`, the documents and deploy/iam-incident.json come from it; run.ts carries it out.
 */

/** Where the targets run, as far as flags tell; `unknown` keeps every step. */
export type TargetPlace = 'kubernetes' | 'ecs' | 'instances';

export interface PlanStep {
  name: StepName;
  /** Noun phrase. */
  gathers: string;
  /** Rights of IAM, one for each call of AWS, as `service:Action`. */
  iam: readonly string[];
  /** Rights of Kubernetes, as `group/resource`; the verb is list. */
  rbac: readonly string[];
  settles: string;
  calls: string;
  cost: string;
  /** Targets for which the step is made; all where it is empty. */
  of: readonly TargetPlace[];
}

export type StepName =
  | 'balancer'
  | 'access-logs'
  | 'connection-logs'
  | 'health-check-logs'
  | 'delivered-logs'
  | 'cloudtrail'
  | 'eks'
  | 'audit-log'
  | 'controller-logs'
  | 'kubernetes'
  | 'ecs'
  | 'ecs-events'
  | 'instances'
  | 'prometheus';

const FREE = 'free';
const OBJECTS =
  'one S3 GET for each object, 0.0004 USD for a thousand of them, and the transfer if you are outside AWS';
const LISTED = 'one listing a day of the window, one GET for each object of 5 minutes and balancer node';
const S3 = ['s3:ListBucket', 's3:GetObject'] as const;

/** All steps, in their order. */
export const PLAN: readonly PlanStep[] = [
  {
    name: 'balancer',
    gathers: 'the load balancer, its target groups, their settings, tags and health now',
    iam: [
      'elasticloadbalancing:DescribeLoadBalancers',
      'elasticloadbalancing:DescribeLoadBalancerAttributes',
      'elasticloadbalancing:DescribeTargetGroups',
      'elasticloadbalancing:DescribeTargetGroupAttributes',
      'elasticloadbalancing:DescribeTags',
      'elasticloadbalancing:DescribeTargetHealth',
    ],
    rbac: [],
    settles: 'where the logs are, where the targets run, which are registered now, delays and timeouts',
    calls: '2, and 3 for each target group; at most 5 a second',
    cost: FREE,
    of: [],
  },
  {
    name: 'access-logs',
    gathers: 'the access logs of the window, from their bucket',
    iam: S3,
    rbac: [],
    settles: 'which requests failed, at which target, and how',
    calls: LISTED,
    cost: OBJECTS,
    of: [],
  },
  {
    name: 'connection-logs',
    gathers: 'the connection logs of the window, from their bucket',
    iam: S3,
    rbac: [],
    settles: 'the connection of each request',
    calls: LISTED,
    cost: OBJECTS,
    of: [],
  },
  {
    name: 'health-check-logs',
    gathers: 'the health check logs of the window, from their bucket',
    iam: S3,
    rbac: [],
    settles: 'when each node of the balancer saw a target answer, and why checks failed',
    calls: LISTED,
    cost: OBJECTS,
    of: [],
  },
  {
    name: 'delivered-logs',
    gathers: 'logs of the balancer, and of the controllers of EKS Auto Mode, that CloudWatch delivers to a log group',
    iam: [
      'logs:DescribeDeliverySources',
      'logs:DescribeDeliveries',
      'logs:GetDeliveryDestination',
      'logs:FilterLogEvents',
    ],
    rbac: [],
    settles: 'as access logs; who deregistered targets, and why nodes were removed',
    calls: '2, and for each log group one for each MB; at most 4 a second',
    cost: FREE,
    of: [],
  },
  {
    name: 'cloudtrail',
    gathers: 'RegisterTargets and DeregisterTargets of the window; starts and ends of instances',
    iam: ['cloudtrail:LookupEvents', 'cloudtrail:DescribeTrails', ...S3],
    rbac: [],
    settles:
      'when each target was registered and deregistered, to the second, and by whom; 90 days back, before that from the files of a trail',
    calls: '2 to 6, and one for each 50 events; at most 2 a second',
    cost: 'free; for the files of a trail, as access-logs',
    of: [],
  },
  {
    name: 'ecs',
    gathers:
      'services that send to the target groups, their messages, tasks (stopped ones for an hour), task definitions and deployments',
    iam: [
      'ecs:ListClusters',
      'ecs:ListServices',
      'ecs:DescribeServices',
      'ecs:ListTasks',
      'ecs:DescribeTasks',
      'ecs:DescribeContainerInstances',
      'ecs:DescribeTaskDefinition',
      'ecs:ListServiceDeployments',
      'ecs:DescribeServiceDeployments',
    ],
    rbac: [],
    settles: 'which task had the address, when and why it stopped, when a batch of targets was deregistered',
    calls: '1 for each cluster and 10 services, then some 6 for each service; at most 5 a second',
    cost: FREE,
    of: ['ecs'],
  },
  {
    name: 'ecs-events',
    gathers: 'events of tasks that event capture of the cluster keeps in a log group',
    iam: ['logs:FilterLogEvents'],
    rbac: [],
    settles: 'the same, to the millisecond, for as long as the log group keeps them',
    calls: 'one for each MB; at most 4 a second',
    cost: FREE,
    of: ['ecs'],
  },
  {
    name: 'instances',
    gathers:
      'instances (terminated ones for an hour), also nodes of a cluster; Auto Scaling groups and their activities',
    iam: ['ec2:DescribeInstances', 'autoscaling:DescribeAutoScalingGroups', 'autoscaling:DescribeScalingActivities'],
    rbac: [],
    settles: 'whether an instance was removed, when and why',
    calls: '2, and one for each 100 groups, instances or activities; at most 5 a second',
    cost: FREE,
    of: ['instances', 'kubernetes'],
  },
  {
    name: 'eks',
    gathers: 'the EKS cluster: its address, and which of its logs are on',
    iam: ['eks:DescribeCluster'],
    rbac: [],
    settles: 'whether the kubeconfig is of the cluster of the targets',
    calls: '1',
    cost: FREE,
    of: ['kubernetes'],
  },
  {
    name: 'audit-log',
    gathers: 'changes of pods in the audit log of the control plane, filtered on the server',
    iam: ['logs:FilterLogEvents'],
    rbac: [],
    settles: 'which pods were deleted or evicted, when to the microsecond, and by whom',
    calls: 'one for each MB of the answer, and more while it searches; at most 4 a second',
    cost: FREE,
    of: ['kubernetes'],
  },
  {
    name: 'controller-logs',
    gathers: 'lines of the load balancer controller and of Karpenter, where Container Insights keeps them',
    iam: ['logs:FilterLogEvents'],
    rbac: [],
    settles: 'when the controller deregistered a target, and why a node was removed',
    calls: 'as audit-log, twice',
    cost: FREE,
    of: ['kubernetes'],
  },
  {
    name: 'kubernetes',
    gathers:
      'pods, Events, EndpointSlices, nodes, Services, workloads and bindings as they are now, through the kubeconfig',
    iam: [],
    rbac: [
      '/pods',
      '/events',
      '/nodes',
      '/services',
      'discovery.k8s.io/endpointslices',
      'apps/deployments',
      'apps/replicasets',
      'apps/statefulsets',
      'elbv2.k8s.aws/targetgroupbindings',
    ],
    settles: 'names and addresses of living pods, names of those that ended within the hour, grace and preStop',
    calls: '9 lists in pages of 500, one after the other',
    cost: FREE,
    of: ['kubernetes'],
  },
  {
    name: 'prometheus',
    gathers: 'kube-state-metrics of the window, where --prometheus or --config names a server or a workspace',
    iam: ['aps:QueryMetrics'],
    rbac: [],
    settles: 'creations, readiness, restarts and ends of pods, between two scrapes',
    calls: '13 queries for each half hour',
    cost: 'free on your own server; 0.10 USD for a billion samples on Managed Prometheus',
    of: ['kubernetes'],
  },
];

/** Returns the least policy of IAM for these steps, as deploy/iam-incident.json has it. */
export function iamPolicy(steps: readonly PlanStep[]): { Version: string; Statement: Record<string, unknown>[] } {
  const actions = [...new Set(steps.flatMap(({ iam }) => iam))].sort();
  const s3 = actions.filter((action) => action.startsWith('s3:'));
  const statement = (Sid: string, Action: readonly string[], Resource: string) => ({
    ...{ Sid, Effect: 'Allow', Action, Resource },
  });
  return {
    Version: '2012-10-17',
    Statement: [
      statement(
        'Look',
        actions.filter((action) => !s3.includes(action)),
        '*',
      ),
      ...(s3.includes('s3:ListBucket') ? [statement('ListLogs', ['s3:ListBucket'], 'arn:aws:s3:::BUCKET')] : []),
      ...(s3.includes('s3:GetObject') ? [statement('ReadLogs', ['s3:GetObject'], 'arn:aws:s3:::BUCKET/*')] : []),
    ].filter(({ Action }) => Action.length > 0),
  };
}

/** Returns the least rules of RBAC for these steps, as YAML of a ClusterRole has them. */
export function rbacRules(steps: readonly PlanStep[]): { apiGroups: string[]; resources: string[]; verbs: string[] }[] {
  const groups = new Map<string, string[]>();
  for (const right of steps.flatMap(({ rbac }) => rbac)) {
    const at = right.indexOf('/');
    const group = right.slice(0, at);
    groups.set(group, [...(groups.get(group) ?? []), right.slice(at + 1)]);
  }
  return [...groups].map(([group, resources]) => ({ apiGroups: [group], resources, verbs: ['list'] }));
}
