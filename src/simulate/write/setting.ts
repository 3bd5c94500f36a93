/** Prints the settings in force, as the AWS command line and kubectl do. */
import type { Scenario } from '../scenario.ts';
import type { OutFile } from './file.ts';
import { balancerArnOf, groupArnOf, targetGroupNameOf } from './identity.ts';

const json = (value: unknown): string => `${JSON.stringify(value, null, 4)}\n`;

const targetTypeOf = ({ targets, taskNetwork }: Scenario): string =>
  targets === 'instances' || targets === 'node_ports' || (targets === 'tasks' && taskNetwork === 'bridge')
    ? 'instance'
    : 'ip';

/** Returns the attributes of the load balancer and of its groups, and the manifest of pods. */
export function settingFiles(scenario: Scenario): OutFile[] {
  const groups = scenario.deployment === 'BLUE_GREEN' ? [0, 1] : [0];
  return [
    ...groups.map((group) => ({
      path: `target-group-attributes${group === 0 ? '' : `-${group}`}.json`,
      text: json(attributesOf(scenario, group)),
    })),
    {
      path: 'load-balancer-attributes.json',
      text: json({
        LoadBalancerArn: balancerArnOf(scenario),
        Attributes: [
          { Key: 'access_logs.s3.enabled', Value: 'true' },
          { Key: 'idle_timeout.timeout_seconds', Value: String(scenario.idleTimeoutSeconds) },
        ],
      }),
    },
    {
      path: 'target-groups.json',
      text: json({ TargetGroups: groups.map((group) => targetGroupOf(scenario, group)) }),
    },
    ...(scenario.targets === 'tasks' || scenario.targets === 'instances'
      ? []
      : [{ path: 'manifest.yaml', text: manifestOf(scenario) }]),
  ];
}

const attributesOf = (scenario: Scenario, group: number): unknown => ({
  TargetGroupArn: groupArnOf(scenario, group),
  Attributes: [
    { Key: 'stickiness.enabled', Value: 'false' },
    { Key: 'deregistration_delay.timeout_seconds', Value: String(scenario.deregistrationDelaySeconds) },
    { Key: 'load_balancing.algorithm.type', Value: 'round_robin' },
  ],
});

const targetGroupOf = (scenario: Scenario, group: number): unknown => ({
  TargetGroupArn: groupArnOf(scenario, group),
  TargetGroupName: targetGroupNameOf(scenario, group),
  Protocol: 'HTTP',
  Port: scenario.port,
  HealthCheckIntervalSeconds: scenario.healthCheckSeconds,
  HealthCheckTimeoutSeconds: 5,
  HealthyThresholdCount: scenario.healthyThreshold,
  UnhealthyThresholdCount: scenario.unhealthyThreshold,
  LoadBalancerArns: [balancerArnOf(scenario)],
  TargetType: targetTypeOf(scenario),
});

/** Prints the Deployment and its TargetGroupBinding. */
function manifestOf(scenario: Scenario): string {
  const { name, namespace, port, replicas, strategy, preStopSeconds, workload } = scenario;
  const preStop = `          lifecycle:
            preStop:
              sleep:
                seconds: ${preStopSeconds}
`;
  const rolling = `    rollingUpdate:
      maxSurge: ${scenario.maxSurge}
      maxUnavailable: ${scenario.maxUnavailable}
`;
  const strategyText = `  strategy:
    type: ${strategy}
${strategy === 'RollingUpdate' ? rolling : ''}`;
  return `apiVersion: apps/v1
kind: ${workload}
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  replicas: ${replicas}
${workload === 'Deployment' ? strategyText : ''}  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      terminationGracePeriodSeconds: ${scenario.terminationGracePeriodSeconds}
      containers:
        - name: ${name}
          image: registry.${name}.example/${name}:2026.04
          ports:
            - containerPort: ${port}
${preStopSeconds > 0 ? preStop : ''}---
apiVersion: elbv2.k8s.aws/v1beta1
kind: TargetGroupBinding
metadata:
  name: k8s-${namespace}-${name}
  namespace: ${namespace}
spec:
  serviceRef:
    name: ${name}
    port: ${port}
  targetGroupARN: ${groupArnOf(scenario)}
  targetType: ${targetTypeOf(scenario)}
`;
}
