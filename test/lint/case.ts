/** For each rule a manifest that breaks it, and one near it that does not. Long because each rule has a case or two. */
import type { RuleId, Severity } from '../../src/lint/rule.ts';
import { shop, sleeping, till } from './manifest.ts';

export interface Case {
  rule: RuleId;
  severity: Severity;
  broken: string;
  /** Text of the line that the finding points to. */
  line: RegExp;
  says: RegExp;
  /** The same without the mistake. */
  fine: string;
}

const AUTO_MODE = [
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'alb' },
    spec: { controller: 'eks.amazonaws.com/alb' },
  },
];
const instance = { 'target-type': 'instance' };
const LOG_SHIPPER = { name: 'shipper', image: 'shop/shipper:1' };
const APP_SERVER = { name: 'php', image: 'shop/php:1', ports: [{ containerPort: 9000 }] };

export const CASES: readonly Case[] = [
  {
    rule: 'grace-not-above-pre-stop',
    severity: 'error',
    broken: shop({ pod: { terminationGracePeriodSeconds: 35 } }),
    line: /terminationGracePeriodSeconds: 35/,
    says: /35 is not above preStop 35: pods are killed in their sleep/,
    fine: shop({ pod: { terminationGracePeriodSeconds: 36 } }),
  },
  {
    rule: 'grace-not-above-pre-stop',
    severity: 'error',
    broken: shop({ pod: { terminationGracePeriodSeconds: undefined } }),
    line: /seconds: 35/,
    says: /30 is not above preStop 35.*30 s is the default/,
    fine: shop({ pod: { terminationGracePeriodSeconds: undefined }, web: sleeping(29) }),
  },
  {
    rule: 'grace-below-late-routing',
    severity: 'error',
    broken: shop({ pod: { terminationGracePeriodSeconds: 24 }, web: sleeping(10) }),
    line: /terminationGracePeriodSeconds: 24/,
    says: /up to 25 s \(default/,
    fine: shop({ pod: { terminationGracePeriodSeconds: 25 }, web: sleeping(10) }),
  },
  {
    rule: 'pre-stop-missing',
    severity: 'warning',
    broken: shop({ web: { lifecycle: undefined } }),
    line: /- name: web/,
    says: /Container web has no preStop sleep.*25 s.*not in the manifest/,
    fine: shop(),
  },
  {
    rule: 'pre-stop-too-short',
    severity: 'warning',
    broken: shop({ web: sleeping(24) }),
    line: /seconds: 24/,
    says: /ends after 24 s.*25 s/,
    fine: shop({ web: sleeping(25) }),
  },
  {
    rule: 'pre-stop-too-short',
    severity: 'warning',
    broken: shop({ web: { lifecycle: { preStop: { exec: { command: ['sh', '-c', 'nginx -s quit; sleep 5'] } } } } }),
    line: /preStop:/,
    says: /ends after 5 s/,
    fine: shop({ web: { lifecycle: { preStop: { exec: { command: ['sleep', '0.5m'] } } } } }),
  },
  {
    rule: 'pre-stop-unknown',
    severity: 'note',
    broken: shop({ web: { lifecycle: { preStop: { exec: { command: ['/bin/drain'] } } } } }),
    line: /preStop:/,
    says: /\(exec\)/,
    fine: shop(),
  },
  {
    rule: 'requests-at-sigterm',
    severity: 'note',
    broken: shop({ ingress: { 'target-group-attributes': 'deregistration_delay.timeout_seconds=35' } }),
    line: /seconds: 35/,
    says: /preStop 35 is not above the deregistration delay 35.*have 40 s from SIGTERM to SIGKILL/,
    fine: shop(),
  },
  {
    rule: 'requests-at-sigterm',
    severity: 'note',
    broken: shop({ ingress: { 'target-group-attributes': null } }),
    line: /seconds: 35/,
    says: /300 s is the default delay/,
    fine: shop(),
  },
  {
    rule: 'side-container-stops-first',
    severity: 'warning',
    broken: shop({ others: [APP_SERVER] }),
    line: /- name: php/,
    says: /php gets SIGTERM with the deletion, while web serves for 35 s/,
    fine: shop({ others: [{ ...APP_SERVER, ...sleeping(35) }] }),
  },
  {
    rule: 'side-container-stops-first',
    severity: 'note',
    broken: shop({ others: [LOG_SHIPPER] }),
    line: /- name: shipper/,
    says: /Whether requests need it is not in the manifest/,
    fine: shop({ others: [{ ...LOG_SHIPPER, ...sleeping(35) }] }),
  },
  {
    rule: 'mesh-proxy-stops-first',
    severity: 'warning',
    broken: shop({ annotations: { 'sidecar.istio.io/inject': 'true' } }),
    line: /sidecar\.istio\.io/,
    says: /ends 5 s after SIGTERM \(the default\)/,
    fine: shop({
      annotations: {
        'sidecar.istio.io/inject': 'true',
        'proxy.istio.io/config': 'terminationDrainDuration: 30s\n',
      },
    }),
  },
  {
    rule: 'no-target-in-rollout',
    severity: 'error',
    broken: shop({ spec: { strategy: { type: 'Recreate' } } }),
    line: /type: Recreate/,
    says: /ends all pods before it starts new ones.*503/,
    fine: shop({ spec: { strategy: { type: 'RollingUpdate' } } }),
  },
  {
    rule: 'no-target-in-rollout',
    severity: 'error',
    broken: shop({ spec: { replicas: 1, strategy: { rollingUpdate: { maxUnavailable: 1 } } } }),
    line: /maxUnavailable: 1/,
    says: /maxUnavailable 1 of 1/,
    // A quarter of one pod is rounded down to none.
    fine: shop({ spec: { replicas: 1, strategy: { rollingUpdate: { maxUnavailable: '25%' } } } }),
  },
  {
    rule: 'no-target-in-rollout',
    severity: 'error',
    broken: shop({ kind: 'StatefulSet', spec: { replicas: 1 } }),
    line: /replicas: 1/,
    says: /only replica of a StatefulSet/,
    fine: shop({ kind: 'StatefulSet', spec: { replicas: 2 } }),
  },
  {
    rule: 'readiness-gate-missing',
    severity: 'warning',
    broken: shop({ namespace: {} }),
    line: /name: shop/,
    says: /Neither a readiness gate nor minReadySeconds.*30 s of health checks \(the default of the controller\)/,
    fine: shop({ namespace: {}, spec: { minReadySeconds: 35 } }),
  },
  {
    rule: 'readiness-gate-missing',
    severity: 'note',
    broken: shop({ namespace: null }),
    line: /name: catalog/,
    says: /namespace is not among the manifests/,
    fine: shop({
      namespace: null,
      pod: { readinessGates: [{ conditionType: 'target-health.elbv2.k8s.aws/k8s-shop-catalog-1' }] },
    }),
  },
  {
    rule: 'min-ready-below-health-check',
    severity: 'warning',
    broken: shop({ namespace: {}, spec: { minReadySeconds: 34 } }),
    line: /minReadySeconds: 34/,
    says: /34 is below 35/,
    fine: shop({
      namespace: {},
      spec: { minReadySeconds: 15 },
      ingress: { 'healthcheck-interval-seconds': '5', 'healthy-threshold-count': '2' },
    }),
  },
  {
    rule: 'auto-mode-gate',
    severity: 'warning',
    broken: shop({ more: AUTO_MODE }),
    line: /name: catalog/,
    says: /Without a readiness gate on EKS Auto Mode/,
    fine: shop({ more: AUTO_MODE, spec: { minReadySeconds: 35 } }),
  },
  {
    rule: 'readiness-probe-missing',
    severity: 'warning',
    broken: shop({ namespace: {}, web: { readinessProbe: undefined } }),
    line: /- name: web/,
    says: /has no readinessProbe/,
    fine: shop({ namespace: {} }),
  },
  {
    rule: 'delay-below-late-routing',
    severity: 'warning',
    broken: shop({ ingress: { 'target-group-attributes': 'deregistration_delay.timeout_seconds=19' } }),
    line: /timeout_seconds=19/,
    says: /delay of 19 s is too short for up to 20 s/,
    fine: shop({ ingress: { 'target-group-attributes': 'deregistration_delay.timeout_seconds=20' } }),
  },
  {
    rule: 'keep-alive-below-idle-timeout',
    severity: 'warning',
    broken: shop({ web: { args: ['gunicorn', '--keep-alive', '5', 'shop:app'] } }),
    line: /--keep-alive/,
    says: /--keep-alive 5, and the idle timeout of the load balancer is 60 s \(the default\)/,
    fine: shop({ web: { args: ['gunicorn', '--keep-alive', '65', 'shop:app'] } }),
  },
  {
    rule: 'keep-alive-below-idle-timeout',
    severity: 'note',
    broken: shop({ web: { command: ['node', 'server.js'] } }),
    line: /- node/,
    says: /Node\.js closes idle connections after 5 s unless/,
    fine: shop({
      web: { command: ['node', 'server.js'] },
      ingress: { 'load-balancer-attributes': 'idle_timeout.timeout_seconds=4' },
    }),
  },
  {
    rule: 'idle-timeout-raised',
    severity: 'note',
    broken: shop({ ingress: { 'load-balancer-attributes': 'idle_timeout.timeout_seconds=300' } }),
    line: /timeout_seconds=300/,
    says: /idle timeout is 300 s/,
    fine: shop({ ingress: { 'load-balancer-attributes': 'idle_timeout.timeout_seconds=60' } }),
  },
  {
    rule: 'instance-target',
    severity: 'warning',
    broken: shop({ ingress: { 'target-type': null }, service: { type: 'NodePort' } }),
    line: /^apiVersion: networking/,
    says: /the default: no target-type is set/,
    fine: shop(),
  },
  {
    rule: 'local-traffic-policy',
    severity: 'warning',
    broken: shop({ ingress: instance, service: { type: 'NodePort', externalTrafficPolicy: 'Local' } }),
    line: /externalTrafficPolicy: Local/,
    says: /up to 30 s: 504/,
    fine: shop({ service: { type: 'NodePort', externalTrafficPolicy: 'Local' } }),
  },
  {
    rule: 'node-drain',
    severity: 'note',
    broken: shop({ ingress: instance, service: { type: 'NodePort' }, more: AUTO_MODE }),
    line: /name: catalog/,
    says: /EKS Auto Mode replaces nodes by itself/,
    fine: shop({ service: { type: 'NodePort' }, more: AUTO_MODE }),
  },
  {
    rule: 'gate-without-ip-targets',
    severity: 'note',
    broken: shop({ ingress: instance }),
    line: /pod-readiness-gate-inject/,
    says: /injects none/,
    fine: shop(),
  },
  {
    rule: 'ecs-delay-below-late-routing',
    severity: 'warning',
    broken: till({ delay: '5' }),
    line: /"Value": "5"/,
    says: /SIGTERM comes while the task is still chosen/,
    fine: till({ delay: '20' }),
  },
  {
    rule: 'ecs-delay-below-late-routing',
    severity: 'error',
    broken: till({ delay: '5', web: { stopTimeout: 10 } }),
    line: /"Value": "5"/,
    says: /killed 10 s after SIGTERM/,
    fine: till({ delay: '5', service: { deploymentConfiguration: { strategy: 'BLUE_GREEN' } } }),
  },
  {
    rule: 'ecs-stop-timeout-too-long',
    severity: 'warning',
    broken: till({ web: { stopTimeout: 121 } }),
    line: /"stopTimeout": 121/,
    says: /above the 120 s of Fargate/,
    fine: till({ web: { stopTimeout: 121 }, definition: { requiresCompatibilities: ['EC2'] } }),
  },
  {
    rule: 'ecs-no-task-in-rollout',
    severity: 'error',
    broken: till({ service: { deploymentConfiguration: { minimumHealthyPercent: 0 } } }),
    line: /"minimumHealthyPercent": 0/,
    says: /stop all tasks/,
    fine: till(),
  },
  {
    rule: 'ecs-fewer-tasks-in-rollout',
    severity: 'note',
    broken: till({ service: { deploymentConfiguration: { minimumHealthyPercent: 50 } } }),
    line: /"minimumHealthyPercent": 50/,
    says: /\(1 of 2\)/,
    // Half a task is rounded up to one.
    fine: till({ service: { desiredCount: 1, deploymentConfiguration: { minimumHealthyPercent: 50 } } }),
  },
  {
    rule: 'ecs-health-check-grace',
    severity: 'warning',
    broken: till({ web: { healthCheck: { startPeriod: 90 } } }),
    line: /"healthCheckGracePeriodSeconds": 60/,
    says: /has 90 s to start/,
    fine: till({ web: { healthCheck: { startPeriod: 60 } } }),
  },
  {
    rule: 'ecs-health-check-grace',
    severity: 'note',
    broken: till({ service: { healthCheckGracePeriodSeconds: undefined } }),
    line: /"serviceName"/,
    says: /How long it starts is not in the documents/,
    fine: till(),
  },
  {
    rule: 'ecs-side-container',
    severity: 'note',
    broken: till({ others: [{ name: 'php', portMappings: [{ containerPort: 9000 }] }] }),
    line: /"name": "php"/,
    says: /together with web/,
    fine: till({
      others: [{ name: 'php', portMappings: [{ containerPort: 9000 }] }],
      web: { dependsOn: [{ containerName: 'php', condition: 'START' }] },
    }),
  },
  {
    rule: 'ecs-spot',
    severity: 'note',
    broken: till({ service: { capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }] } }),
    line: /"capacityProviderStrategy"/,
    says: /30 s \(the default\) of the 120 s/,
    fine: till({
      service: { capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }] },
      web: { stopTimeout: 120 },
    }),
  },
  {
    rule: 'ecs-requests-at-sigterm',
    severity: 'note',
    broken: till({ delay: null }),
    line: /"name": "web"/,
    says: /300 s unless changed: its attributes are not given/,
    fine: shop(),
  },
];
