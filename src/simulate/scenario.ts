/** Keys of a scenario and their defaults. Long because it is one list of keys, each with what it means. */
import type { Duration } from './random.ts';

/** Reactions of the process to SIGTERM. */
export const SIGTERM_BEHAVIOURS = [
  /** Closes its listener at once, answers open requests, and exits `exitSeconds` later. */
  'drain',
  /** Continues to serve and exits `exitSeconds` later. */
  'serve',
  /** Ignores SIGTERM: serves until it is killed. */
  'ignore',
  /** Answers 503 and exits `exitSeconds` later. */
  'error',
] as const;

export const CONTROLLER_LOGS = ['epoch', 'seconds', 'v1'] as const;

export const WORKLOADS = [
  'Deployment',
  /** Pods are replaced one at a time and keep name and address. */
  'StatefulSet',
  /** Like StatefulSet, but without stable names. */
  'DaemonSet',
] as const;

/** A second container: absent, ending before the application, or ending after it. */
export const SIDECARS = ['none', 'first', 'last'] as const;

export const DELETIONS = ['delete', 'evict', 'force'] as const;

export const INCIDENTS = [
  'rollout',
  'scale',
  'delete_pod',
  'crash',
  'sidecar_crash',
  'flap',
  'deregister',
  'job',
  'node_loss',
  'zone_loss',
  'security_group',
  'controller_stall',
  'node_leave',
  'stop_task',
  'essential_end',
  'force_deployment',
  'terminate_instance',
  'break_application',
  'deploy_in_place',
] as const;

/** Kinds of target: a pod, a task of ECS, the pods behind a port of a node, or an instance of an Auto Scaling group. */
export const TARGETS = ['pods', 'tasks', 'node_ports', 'instances'] as const;

/** Network of tasks: an interface of their own, or ports of their instance. */
export const TASK_NETWORKS = ['awsvpc', 'bridge'] as const;

export const DEPLOYMENTS = ['ROLLING', 'BLUE_GREEN'] as const;

export const NODE_TAKERS = ['cluster-autoscaler', 'karpenter', 'spot'] as const;

export const TASK_STOPPERS = ['person', 'spot'] as const;

export const TASK_ENDS = ['out of memory', 'exit', 'sidecar'] as const;

/** An event at a set time. The meaning of the other keys depends on `do`. */
export interface PlannedEvent {
  /** Seconds after the start. */
  at: number;
  do: (typeof INCIDENTS)[number];
  /** scale: desired number of pods. */
  replicas?: number;
  /** crash, sidecar_crash, flap, deregister, delete_pod, job, stop_task, essential_end, terminate_instance, break_application: number of targets. */
  pods?: number;
  /** crash: OOMKilled (exit code 137) or Error (a failed liveness probe, 143). */
  reason?: 'OOMKilled' | 'Error';
  /** crash: number of crashes in a row; the downtime doubles each time. */
  times?: number;
  /** delete_pod: the kind of deletion. */
  how?: (typeof DELETIONS)[number];
  /**
   * flap: the overloaded process accepts no connection, or closes those that it has; without this key only its probe fails.
   * break_application: likewise; without this key the process is down.
   */
  stall?: 'silent' | 'closed';
  /**
   * deregister: 'hand' by a person; 'label' because the Service no longer selects the pods. node_leave: who takes the node.
   * stop_task, terminate_instance: a person, or Spot.
   */
  by?: 'hand' | 'label' | (typeof NODE_TAKERS)[number] | (typeof TASK_STOPPERS)[number];
  /** essential_end: how an essential container of a task ends. */
  end?: (typeof TASK_ENDS)[number];
  /** deregister: the security group is removed too, so no packet reaches the pods. */
  blocks?: boolean;
  /** crash: seconds until the container runs again; otherwise the duration. */
  seconds?: number;
  /** security_group: number of load balancer nodes that cannot reach the pods; default all. */
  albNodes?: number;
}

export interface Scenario {
  title: string;
  /** Lesson of the scenario. */
  teaches: string;
  startsAt: string;
  durationSeconds: number;
  targets: (typeof TARGETS)[number];

  // Requests.
  requestsPerSecond: number;
  latencySeconds: Duration;
  /** Share of requests that take `longRequestSeconds`. */
  longRequestShare: number;
  longRequestSeconds: Duration;
  /** Share of requests that the application answers with 500. */
  errorShare: number;
  /** Share of requests without an answer. */
  hangShare: number;
  /** Share of requests whose client closes before the answer: 460. */
  clientCloseShare: number;
  /** Share of requests that a rule answers with a fixed 503. */
  fixedResponseShare: number;
  websocketShare: number;
  websocketSeconds: Duration;

  // The load balancer.
  albNodes: number;
  /** Delay from the API call until a load balancer node acts on it, drawn for each node. */
  propagationSeconds: Duration;
  /** Share of calls on which one load balancer node acts only after `propagationTailSeconds`. */
  propagationTailShare: number;
  propagationTailSeconds: number;
  idleTimeoutSeconds: number;
  deregistrationDelaySeconds: number;
  healthCheckSeconds: number;
  healthyThreshold: number;
  unhealthyThreshold: number;

  // The controller.
  /** Delay from the API server's change to the EndpointSlice that shows it. */
  endpointSeconds: Duration;
  /** Delay from the EndpointSlice to the RegisterTargets or DeregisterTargets call. */
  controllerSeconds: Duration;
  /** Calls a second; 20 may be made at once. */
  controllerRate: number;
  /** Share of deregistrations that are never made. */
  missedDeregistrationShare: number;
  /** Whether a pod that is not ready for a while is deregistered, and later registered again. */
  deregistersUnready: boolean;
  /** Whether a target is registered as soon as its pod has an address, ready or not. */
  registersUnready: boolean;
  /** Whether a pod becomes ready only when the load balancer finds its target healthy. */
  readinessGate: boolean;

  // Pods.
  workerNodes: number;
  replicas: number;
  workload: (typeof WORKLOADS)[number];
  hostNetwork: boolean;
  strategy: 'RollingUpdate' | 'Recreate';
  maxSurge: number;
  maxUnavailable: number;
  scheduleSeconds: Duration;
  startSeconds: Duration;
  /** Delay from listening to ready. */
  readySeconds: Duration;
  terminationGracePeriodSeconds: number;
  preStopSeconds: number;
  /** Delay from the deletion until the kubelet acts. */
  kubeletSeconds: Duration;
  sigterm: (typeof SIGTERM_BEHAVIOURS)[number];
  exitSeconds: Duration;
  sidecar: (typeof SIDECARS)[number];
  /** Time between the ends of the application and of the sidecar. */
  sidecarSeconds: Duration;
  /** The sidecar is a proxy in the request path: without the application it answers 503. */
  sidecarAnswers: boolean;
  /** Delay from the exit of the process to the end of its network. */
  sandboxSeconds: Duration;
  /** Idle time after which the application closes a connection. */
  keepAliveSeconds: number;
  /** Time that the close takes to reach the load balancer. */
  keepAliveRaceSeconds: number;
  ipCooldownSeconds: number;
  addressesPerNode: number;

  // Tasks of ECS; terminationGracePeriodSeconds is their stopTimeout.
  taskNetwork: (typeof TASK_NETWORKS)[number];
  deployment: (typeof DEPLOYMENTS)[number];
  minimumHealthyPercent: number;
  maximumPercent: number;
  /** Blue/green: time from the shift of the traffic to the end of the old tasks. */
  bakeSeconds: number;
  /** Delay from the decision to stop a task to its deregistration. */
  schedulerSeconds: Duration;
  /** Whether another service has tasks on the same instances, at ports that this one had or gets. */
  otherService: boolean;

  // Node ports.
  trafficPolicy: 'Cluster' | 'Local';
  nodePort: number;
  /** Delay from an EndpointSlice to the rules of a node. */
  proxySeconds: Duration;

  // Instances of an Auto Scaling group; minimumHealthyPercent and maximumPercent are those of its instance refresh.
  /** Delay from running to the start of the application. */
  bootSeconds: Duration;
  /** Time that a lifecycle hook keeps a drained instance; 0: there is no hook. */
  hookSeconds: number;
  /** Whether the group replaces instances that the load balancer calls unhealthy; otherwise only those that fail checks of EC2. */
  elbHealthCheck: boolean;
  /** Whether the group replaces a Spot instance at the rebalance recommendation. */
  capacityRebalance: boolean;

  // Names and evidence.
  name: string;
  namespace: string;
  port: number;
  /** Second octet of the pod addresses, 10.N.0.0/16. */
  podNetwork: number;
  /** Time format of the controller's log: seconds since the epoch with a fraction (up to v2.4), or whole seconds (later). */
  controllerLog: (typeof CONTROLLER_LOGS)[number];
  /** Interval of describe-target-health. */
  pollSeconds: number;
  /** Interval of kube-state-metrics scrapes. */
  scrapeSeconds: number;
  /** Seconds by which the clocks of the API server and of the nodes are ahead of the load balancer's. */
  apiClockSeconds: number;
  nodeClockSeconds: number;
  /** When the watch of the pods breaks, seconds after the start, and for how long. Changes meanwhile are not seen. */
  watchGapAt: number;
  watchGapSeconds: number;
  /** Delay from the end of the capture to the snapshot. */
  snapshotSeconds: number;
  /** Whether another cluster uses the same addresses; its pods are in the evidence too. */
  otherCluster: boolean;
  /** Whether a second workload on the host network shares this one's node addresses, with another port. */
  hostNeighbour: boolean;

  incidents: PlannedEvent[];
}

export const DEFAULT_SCENARIO: Scenario = {
  title: '',
  teaches: '',
  startsAt: '2026-04-14T09:00:00Z',
  durationSeconds: 480,
  targets: 'pods',

  requestsPerSecond: 30,
  latencySeconds: { median: 0.035, p99: 0.4 },
  longRequestShare: 0.002,
  longRequestSeconds: { median: 4, p99: 14 },
  errorShare: 0,
  hangShare: 0,
  clientCloseShare: 0,
  fixedResponseShare: 0,
  websocketShare: 0,
  websocketSeconds: { median: 60, p99: 400 },

  albNodes: 3,
  propagationSeconds: { median: 4, p99: 25 },
  propagationTailShare: 0,
  propagationTailSeconds: 40,
  idleTimeoutSeconds: 60,
  deregistrationDelaySeconds: 300,
  healthCheckSeconds: 15,
  healthyThreshold: 2,
  unhealthyThreshold: 2,

  endpointSeconds: { median: 0.1, p99: 0.6 },
  controllerSeconds: { median: 0.4, p99: 2 },
  controllerRate: 4,
  missedDeregistrationShare: 0,
  deregistersUnready: true,
  registersUnready: false,
  readinessGate: false,

  workerNodes: 3,
  replicas: 6,
  workload: 'Deployment',
  hostNetwork: false,
  strategy: 'RollingUpdate',
  maxSurge: 2,
  maxUnavailable: 0,
  scheduleSeconds: { median: 1.5, p99: 4 },
  startSeconds: { median: 3, p99: 9 },
  readySeconds: { median: 4, p99: 10 },
  terminationGracePeriodSeconds: 30,
  preStopSeconds: 0,
  kubeletSeconds: { median: 0.15, p99: 0.8 },
  sigterm: 'drain',
  exitSeconds: { median: 1.5, p99: 6 },
  sidecar: 'none',
  sidecarSeconds: { median: 5, p99: 15 },
  sidecarAnswers: false,
  sandboxSeconds: { median: 0.6, p99: 2 },
  keepAliveSeconds: 75,
  keepAliveRaceSeconds: 0.002,
  ipCooldownSeconds: 30,
  addressesPerNode: 14,

  taskNetwork: 'awsvpc',
  deployment: 'ROLLING',
  minimumHealthyPercent: 100,
  maximumPercent: 200,
  bakeSeconds: 60,
  schedulerSeconds: { median: 9.8, p99: 10.5 },
  otherService: false,

  trafficPolicy: 'Cluster',
  nodePort: 31_080,
  proxySeconds: { median: 0.5, p99: 1.8 },

  bootSeconds: { median: 14, p99: 30 },
  hookSeconds: 0,
  elbHealthCheck: true,
  capacityRebalance: false,

  name: 'shop',
  namespace: 'shop',
  port: 8080,
  podNetwork: 42,
  controllerLog: 'epoch',
  pollSeconds: 2,
  scrapeSeconds: 30,
  apiClockSeconds: 0,
  nodeClockSeconds: 0,
  watchGapAt: 0,
  watchGapSeconds: 0,
  snapshotSeconds: 600,
  otherCluster: false,
  hostNeighbour: false,

  incidents: [],
};
