/** Prints the settings in force, as the AWS command line and kubectl do. */
import type { Scenario } from '../scenario.ts';
import type { OutFile } from './file.ts';
import { balancerArnOf, groupArnOf, groupNameOf } from './identity.ts';

const json = (value: unknown): string => `${JSON.stringify(value, null, 4)}\n`;

/** Returns the attributes of the load balancer and of the group, and the manifest. */
export function settingFiles(scenario: Scenario): OutFile[] {
  const { idleTimeoutSeconds, deregistrationDelaySeconds } = scenario;
  const group = {
    TargetGroupArn: groupArnOf(scenario),
    TargetGroupName: groupNameOf(scenario),
    Protocol: 'HTTP',
    Port: scenario.port,
    HealthCheckIntervalSeconds: scenario.healthCheckSeconds,
    HealthCheckTimeoutSeconds: 5,
    HealthyThresholdCount: scenario.healthyThreshold,
    UnhealthyThresholdCount: scenario.unhealthyThreshold,
    LoadBalancerArns: [balancerArnOf(scenario)],
    TargetType: 'ip',
  };
  return [
    {
      path: 'target-group-attributes.json',
      text: json({
        TargetGroupArn: groupArnOf(scenario),
        Attributes: [
          { Key: 'stickiness.enabled', Value: 'false' },
          { Key: 'deregistration_delay.timeout_seconds', Value: String(deregistrationDelaySeconds) },
          { Key: 'load_balancing.algorithm.type', Value: 'round_robin' },
        ],
      }),
    },
    {
      path: 'load-balancer-attributes.json',
      text: json({
        LoadBalancerArn: balancerArnOf(scenario),
        Attributes: [
          { Key: 'access_logs.s3.enabled', Value: 'true' },
          { Key: 'idle_timeout.timeout_seconds', Value: String(idleTimeoutSeconds) },
        ],
      }),
    },
    { path: 'target-groups.json', text: json({ TargetGroups: [group] }) },
    { path: 'manifest.yaml', text: manifestOf(scenario) },
  ];
}

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
  targetType: ip
`;
}
