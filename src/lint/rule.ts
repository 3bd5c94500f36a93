/** The rules of `draintrace lint`: docs/lint.md prints them, findings name them. The numbers in their texts are those of THRESHOLD. */
import { THRESHOLD } from '../report/threshold.ts';

/**
 * `error`: requests fail whatever the application does. `warning`: they fail unless the application does something that the manifest
 * does not show. `note`: the manifest leaves open what matters.
 */
export const SEVERITIES = ['error', 'warning', 'note'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Rule {
  id: string;
  /** The usual one; a finding may have a lower one where less is known. */
  severity: Severity;
  /** The rule in one line. */
  statement: string;
  /** The failure behind the rule. */
  why: string;
  /** Documentation or issue that says so. */
  source: string;
}

const { late_routing_from: LATE, usual_deregistration_seconds: CONTROLLER, default_grace_seconds: GRACE } = THRESHOLD;
const { default_delay_seconds: DELAY, proxy_lag: PROXY } = THRESHOLD;

const AWS_TARGETS = 'AWS, target group attributes and registered targets';
const KUBERNETES_PODS = 'Kubernetes, pod lifecycle';
const CONTROLLER_DOCS = 'AWS Load Balancer Controller, pod readiness gate';
const ANNOTATIONS = 'AWS Load Balancer Controller, ingress annotations';
const ECS_DRAINING = 'Amazon ECS, load balancer connection draining';

/** In the order of the documents. */
export const RULES = [
  {
    id: 'grace-not-above-pre-stop',
    severity: 'error',
    statement: 'terminationGracePeriodSeconds is above the preStop sleep.',
    why: `The grace period (${GRACE} s by default) includes preStop. Where it ends first, the container is killed in its sleep, with all its requests.`,
    source: KUBERNETES_PODS,
  },
  {
    id: 'grace-below-late-routing',
    severity: 'error',
    statement: 'terminationGracePeriodSeconds covers the time in which the load balancer still chooses a deleted pod.',
    why: `After the grace period nothing answers at the address of the pod, but the load balancer chooses it for up to ${CONTROLLER + LATE} s after the deletion: connections are refused (502) or time out (504).`,
    source: 'draintrace, measured late routing; aws-load-balancer-controller#2366',
  },
  {
    id: 'pre-stop-missing',
    severity: 'warning',
    statement: 'The container that serves has a preStop sleep.',
    why: `Without it SIGTERM comes with the deletion, and the load balancer chooses the pod for up to ${CONTROLLER + LATE} s more. Most servers stop listening at SIGTERM.`,
    source: 'aws-load-balancer-controller#1719, #2366; EKS best practices, load balancing',
  },
  {
    id: 'pre-stop-too-short',
    severity: 'warning',
    statement: 'The preStop sleep is as long as late routing.',
    why: `Requests that are routed to the pod between the end of preStop and the last node of the load balancer that learns of it (up to ${CONTROLLER + LATE} s after the deletion) meet an application that ends.`,
    source: 'aws-load-balancer-controller#1064 (5 s too short, 25 s enough)',
  },
  {
    id: 'pre-stop-unknown',
    severity: 'note',
    statement: 'The length of preStop can be read from the manifest.',
    why: 'A script or an HTTP hook may wait long enough or not at all.',
    source: KUBERNETES_PODS,
  },
  {
    id: 'requests-at-sigterm',
    severity: 'note',
    statement: 'preStop is above the deregistration delay, or the application finishes its requests after SIGTERM.',
    why: `Until the deregistration delay (${DELAY} s by default) is over, the load balancer waits for answers of a pod that has got SIGTERM. Whether the application finishes them is not in a manifest.`,
    source: AWS_TARGETS,
  },
  {
    id: 'side-container-stops-first',
    severity: 'warning',
    statement: 'Each container that requests pass through stays as long as the one that serves.',
    why: 'preStop delays SIGTERM of its own container only. A container without it stops at once, and the one that serves answers 502 from then on. Sidecars among the init containers stop last.',
    source: `${KUBERNETES_PODS} and sidecar containers`,
  },
  {
    id: 'mesh-proxy-stops-first',
    severity: 'warning',
    statement: 'An injected proxy drains as long as late routing lasts.',
    why: 'The injected istio-proxy gets SIGTERM with the deletion and ends 5 s later (terminationDrainDuration), whatever preStop the application has. As a native sidecar it stops last.',
    source: 'Istio, ProxyConfig terminationDrainDuration; istio#34855',
  },
  {
    id: 'no-target-in-rollout',
    severity: 'error',
    statement: 'A rollout leaves at least one pod in service.',
    why: 'Recreate, a maxUnavailable of all replicas, and the only pod of a StatefulSet end before the next one serves: the target group is empty, and the load balancer answers 503.',
    source: 'Kubernetes, Deployment strategy; AWS, troubleshoot your Application Load Balancers (503)',
  },
  {
    id: 'readiness-gate-missing',
    severity: 'warning',
    statement: 'New pods count as ready when the load balancer calls them healthy.',
    why: 'A rollout goes on when pods are ready for Kubernetes. Without the readiness gate it ends old pods while the new ones are not in rotation, and the group may have no healthy target.',
    source: CONTROLLER_DOCS,
  },
  {
    id: 'min-ready-below-health-check',
    severity: 'warning',
    statement: 'Without a readiness gate, minReadySeconds covers registration and health checks.',
    why: `minReadySeconds is the only thing that holds a rollout back. It needs the interval of the health check times its threshold, and the ${CONTROLLER} s of the controller.`,
    source: `${CONTROLLER_DOCS}; ${ANNOTATIONS}`,
  },
  {
    id: 'auto-mode-gate',
    severity: 'warning',
    statement: 'On EKS Auto Mode, minReadySeconds does what a readiness gate does elsewhere.',
    why: 'The load balancer controller of EKS Auto Mode injects no readiness gate; the label of the namespace changes nothing.',
    source: 'aws/containers-roadmap#2511 (open)',
  },
  {
    id: 'readiness-probe-missing',
    severity: 'warning',
    statement: 'The container that serves has a readinessProbe (or a startupProbe), or its pod a readiness gate.',
    why: 'Without either, a pod is ready when its process starts, and the rollout ends the old pods before the new ones listen.',
    source: 'Kubernetes, readiness probes',
  },
  {
    id: 'delay-below-late-routing',
    severity: 'warning',
    statement: 'The deregistration delay covers late routing and the longest request.',
    why: `Requests are routed to a target for up to ${LATE} s after its deregistration. When the delay is over, the load balancer cuts off what still runs: 502.`,
    source: `${AWS_TARGETS}; draintrace, drain_delay_elapsed`,
  },
  {
    id: 'keep-alive-below-idle-timeout',
    severity: 'warning',
    statement: "The keep-alive timeout of the application is above the load balancer's idle timeout.",
    why: 'The side with the shorter timeout closes. If that is the application, it closes connections on which the load balancer just sends a request: 502, at any time of the day.',
    source: 'AWS, troubleshoot your Application Load Balancers (502); load balancer attributes',
  },
  {
    id: 'idle-timeout-raised',
    severity: 'note',
    statement: 'A raised idle timeout needs a raised keep-alive timeout of the application.',
    why: 'The keep-alive timeout of most servers is code or configuration outside the manifest.',
    source: 'AWS, load balancer attributes',
  },
  {
    id: 'instance-target',
    severity: 'warning',
    statement: 'Pods behind an Application Load Balancer are targets of type ip.',
    why: `With instance targets (the default of the controller) the deletion of a pod deregisters nothing. Kept-alive connections of the load balancer stay with the deleted pod until it closes them, and new ones reach it until all nodes know (${PROXY} s).`,
    source: `${ANNOTATIONS}; aws-load-balancer-controller#1184, #2106`,
  },
  {
    id: 'local-traffic-policy',
    severity: 'warning',
    statement: 'externalTrafficPolicy Local is not used with instance targets.',
    why: 'A node whose only pod was deleted drops connections until health checks of the load balancer fail: they time out (504).',
    source: 'Kubernetes, external traffic policy; kubernetes#73362',
  },
  {
    id: 'node-drain',
    severity: 'note',
    statement: 'What removes a node waits until its targets are drained.',
    why: 'With instance targets and externalTrafficPolicy Cluster a node carries requests of pods on other nodes. Karpenter, EKS Auto Mode and the Cluster Autoscaler end it without waiting for the load balancer.',
    source: 'kubernetes/autoscaler#1907; karpenter-provider-aws#4673',
  },
  {
    id: 'gate-without-ip-targets',
    severity: 'note',
    statement: 'A readiness gate is asked for where it works: with targets of type ip.',
    why: 'The controller injects the gate into pods behind targets of type ip only.',
    source: CONTROLLER_DOCS,
  },
  {
    id: 'ecs-delay-below-late-routing',
    severity: 'warning',
    statement: 'The deregistration delay of an ECS service covers late routing and the longest request.',
    why: `ECS has no preStop. It sends SIGTERM when the delay is over, so the delay is the time for which a task serves after its deregistration: up to ${LATE} s of late routing, and the longest request.`,
    source: `${ECS_DRAINING}; draintrace, measured late routing`,
  },
  {
    id: 'ecs-stop-timeout-too-long',
    severity: 'warning',
    statement: 'stopTimeout on Fargate is at most 120 s.',
    why: 'Amazon ECS gives tasks on Fargate at most 120 s between SIGTERM and SIGKILL: requests that need longer are killed.',
    source: 'Amazon ECS, task definition parameters (stopTimeout)',
  },
  {
    id: 'ecs-stop-timeout-too-short',
    severity: 'warning',
    statement: 'stopTimeout covers the longest request.',
    why: 'SIGKILL comes stopTimeout after SIGTERM (30 s by default). Requests that still run end with 502.',
    source: 'Amazon ECS, task definition parameters (stopTimeout)',
  },
  {
    id: 'ecs-no-task-in-rollout',
    severity: 'error',
    statement: 'minimumHealthyPercent leaves at least one task in service.',
    why: 'With 0 % the scheduler stops all tasks before the new ones run: the target group is empty, 503 for minutes.',
    source: 'Amazon ECS, deployment configuration',
  },
  {
    id: 'ecs-fewer-tasks-in-rollout',
    severity: 'note',
    statement: 'minimumHealthyPercent is 100 %.',
    why: 'Below it the scheduler stops tasks before their successors run. Whether the remaining ones carry the load is not in the service.',
    source: 'Amazon ECS, deployment configuration',
  },
  {
    id: 'ecs-health-check-grace',
    severity: 'warning',
    statement: 'healthCheckGracePeriodSeconds covers the start of the container.',
    why: 'The scheduler stops tasks that fail health checks of the load balancer, also while they start (0 s by default). A service that loses its new tasks again and again serves from too few.',
    source: 'Amazon ECS, service definition (healthCheckGracePeriodSeconds)',
  },
  {
    id: 'ecs-side-container',
    severity: 'note',
    statement: 'The container behind the load balancer depends on the ones that its requests need.',
    why: 'All containers of a task get their signal together, unless dependsOn orders them: then the dependent one stops first.',
    source: 'Amazon ECS, task definition parameters (dependsOn)',
  },
  {
    id: 'ecs-spot',
    severity: 'note',
    statement: 'A service on Fargate Spot uses the two minutes of an interruption.',
    why: 'An interrupted task gets SIGTERM about when it is deregistered, so late-routed requests meet an application that ends. stopTimeout 120 leaves it all of the time that there is.',
    source: 'aws/containers-roadmap#797, #2673',
  },
  {
    id: 'ecs-requests-at-sigterm',
    severity: 'note',
    statement: 'The application finishes its requests after SIGTERM.',
    why: 'Where a task ends by other ways than its scheduler (a crash, a failed health check, a lost host), SIGTERM comes before the deregistration. What the application does with it is not in a task definition.',
    source: `${ECS_DRAINING}; aws/containers-roadmap#708`,
  },
] as const satisfies readonly Rule[];

export type RuleId = (typeof RULES)[number]['id'];

const BY_ID: ReadonlyMap<string, Rule> = new Map(RULES.map((rule) => [rule.id, rule]));

/** Returns the definition of a rule. */
export const ruleOf = (id: RuleId): Rule => BY_ID.get(id)!;
