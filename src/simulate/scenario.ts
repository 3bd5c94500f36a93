/** What a scenario may say, and what holds where it says nothing. */
import type { Duration } from './random.ts';

/** What the process does with SIGTERM. */
export const SIGTERM_BEHAVIOURS = [
  /** Closes its listener at once, answers what it has, and exits `exitSeconds` later. */
  'drain',
  /** Serves as before and exits `exitSeconds` later. */
  'serve',
  /** Takes no notice: serves until it is killed. */
  'ignore',
  /** Answers 503 from then on and exits `exitSeconds` later. */
  'error',
] as const;

export const CONTROLLER_LOGS = ['epoch', 'seconds', 'v1'] as const;

export const WORKLOADS = [
  'Deployment',
  /** Pods are replaced one at a time and keep name and address. */
  'StatefulSet',
  /** The same, without the names. */
  'DaemonSet',
] as const;

/** A second container: there is none, it ends before the application, or after it. */
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
] as const;

/** Something that happens at a time. What the other keys mean depends on `do`. */
export interface Incident {
  /** Seconds after the start. */
  at: number;
  do: (typeof INCIDENTS)[number];
  /** scale: how many there are to be. */
  replicas?: number;
  /** crash, sidecar_crash, flap, deregister, delete_pod, job: how many pods. */
  pods?: number;
  /** crash: OOMKilled (exit code 137) or Error (a failed liveness probe, 143). */
  reason?: 'OOMKilled' | 'Error';
  /** crash: how often in a row; the time away doubles each time. */
  times?: number;
  /** delete_pod: in which way. */
  how?: (typeof DELETIONS)[number];
  /** flap: the overloaded process accepts no connection, or closes what it has; not said, only its probe fails. */
  stall?: 'silent' | 'closed';
  /** deregister: 'hand' by a person; 'label' because the Service no longer selects the pods. */
  by?: 'hand' | 'label';
  /** deregister: the security group goes too, so that no packet reaches the pods. */
  blocks?: boolean;
  /** crash: seconds until the container runs again; everything else: how long it lasts. */
  seconds?: number;
  /** security_group: how many load balancer nodes cannot reach the pods; all of them where it is not said. */
  albNodes?: number;
}

export interface Scenario {
  title: string;
  /** What one learns from it. */
  teaches: string;
  startsAt: string;
  durationSeconds: number;

  // Requests.
  requestsPerSecond: number;
  latencySeconds: Duration;
  /** Of all requests, those that take `longRequestSeconds`. */
  longRequestShare: number;
  longRequestSeconds: Duration;
  /** Answered with a 500 of the application's own. */
  errorShare: number;
  /** Never answered. */
  hangShare: number;
  /** The client goes away before the answer: 460. */
  clientCloseShare: number;
  /** Met by a rule with a fixed response of 503. */
  fixedResponseShare: number;
  websocketShare: number;
  websocketSeconds: Duration;

  // The load balancer.
  albNodes: number;
  /** From the API call to the moment when a node of the load balancer acts on it, drawn for each node. */
  propagationSeconds: Duration;
  /** Of the calls, those on which a node of the load balancer acts only after `propagationTailSeconds`. */
  propagationTailShare: number;
  propagationTailSeconds: number;
  idleTimeoutSeconds: number;
  deregistrationDelaySeconds: number;
  healthCheckSeconds: number;
  healthyThreshold: number;
  unhealthyThreshold: number;

  // The controller.
  /** From the API server's change to the EndpointSlice that shows it. */
  endpointSeconds: Duration;
  /** From the EndpointSlice to the RegisterTargets or DeregisterTargets call. */
  controllerSeconds: Duration;
  /** Calls a second; 20 may come at once. */
  controllerRate: number;
  /** Of all deregistrations, those that are never made. */
  missedDeregistrationShare: number;
  /** A pod that is not ready for a while is deregistered, and registered again. */
  deregistersUnready: boolean;
  /** A target is registered when its pod has an address, ready or not. */
  registersUnready: boolean;
  /** A pod becomes ready only when the load balancer finds its target healthy. */
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
  /** From listening to ready. */
  readySeconds: Duration;
  terminationGracePeriodSeconds: number;
  preStopSeconds: number;
  /** From the deletion to the moment when the kubelet begins with it. */
  kubeletSeconds: Duration;
  sigterm: (typeof SIGTERM_BEHAVIOURS)[number];
  exitSeconds: Duration;
  sidecar: (typeof SIDECARS)[number];
  /** Between the ends of the application and of the sidecar. */
  sidecarSeconds: Duration;
  /** The sidecar is a proxy in the path of requests: without the application it answers 503. */
  sidecarAnswers: boolean;
  /** From the exit of the process to the end of its network. */
  sandboxSeconds: Duration;
  /** The application closes a connection that was idle for so long. */
  keepAliveSeconds: number;
  /** How long such a close is on its way. */
  keepAliveRaceSeconds: number;
  ipCooldownSeconds: number;
  addressesPerNode: number;

  // Names and evidence.
  name: string;
  namespace: string;
  port: number;
  /** Second octet of the addresses of pods, 10.N.0.0/16. */
  podNetwork: number;
  /** Times in the controller's log: seconds since the epoch with a fraction (up to v2.4), or whole seconds (later). */
  controllerLog: (typeof CONTROLLER_LOGS)[number];
  /** Between two answers of describe-target-health. */
  pollSeconds: number;
  /** Between two scrapes of kube-state-metrics. */
  scrapeSeconds: number;
  /** Seconds by which the API server's clock, and those of the nodes, are ahead of the load balancer's. */
  apiClockSeconds: number;
  nodeClockSeconds: number;
  /** The watch of the pods is broken from then on, seconds after the start, for so long: what happens meanwhile is not seen. */
  watchGapAt: number;
  watchGapSeconds: number;
  /** From the end of the capture to the snapshot. */
  snapshotSeconds: number;
  /** Another cluster uses the same addresses; its pods are in the evidence too. */
  otherCluster: boolean;
  /** A second workload on the host network shares its nodes' addresses with this one; its port is another. */
  hostNeighbour: boolean;

  incidents: Incident[];
}

export const DEFAULTS: Scenario = {
  title: '',
  teaches: '',
  startsAt: '2026-04-14T09:00:00Z',
  durationSeconds: 480,

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
