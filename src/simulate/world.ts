/**
 * Types of the simulated world and its history. Times are microseconds; null: not (yet). Long because pods, tasks and instances
 * are one type, whose parts refer to each other.
 */

/** A container that died while its pod lived. */
export interface Restart {
  killed: number;
  /** The container runs again; it listens and is ready later. */
  started: number;
  listens: number;
  ready: number;
  reason: 'OOMKilled' | 'Error';
  exitCode: number;
}

/** A span of time; `until` is Infinity if it never ended. */
export interface Span {
  from: number;
  until: number;
}

/** An overload: the process lives, but accepts no new connections. */
export interface Stall extends Span {
  /** `silent`: the accept queue is full and packets go unanswered. `closed`: the process closes what it accepts. */
  how: 'silent' | 'closed';
}

/** A second container without a port. A mesh sidecar answers for the application. */
export interface Sidecar {
  name: string;
  /** End of the sidecar when its pod ended. */
  exited: number | null;
  restarts: { killed: number; started: number; reason: 'OOMKilled' | 'Error'; exitCode: number }[];
}

/** Who takes a machine away, and when: the machine itself ends with `Worker.lost`. */
export interface Leaving {
  by: 'cluster-autoscaler' | 'karpenter' | 'spot';
  /** The decision: the first sign of it (a taint, an interruption warning). */
  decided: number;
  /** The label or taint that load balancer controllers act on; null where none is set. */
  excluded: number | null;
  /** All pods are gone, and the call terminates the machine. */
  terminated: number | null;
  /** The Node object is gone. */
  removed: number | null;
}

export interface Worker {
  name: string;
  instanceId: string;
  /** Somebody takes it away on purpose. */
  leaving: Leaving | null;
  zone: string;
  hostIp: string;
  /** The machine died. */
  lost: number | null;
  /** Microseconds by which the machine's clock is ahead of the load balancer's. */
  clock: number;
  /** When the control plane reported it as NotReady. */
  notReady: number | null;
}

export interface Pod {
  name: string;
  uid: string;
  replicaSet: string;
  /** Name of the application and of its container. */
  app: string;
  ownerKind: 'ReplicaSet' | 'StatefulSet' | 'DaemonSet' | 'Job';
  /** The declared port, null for a Job. */
  port: number | null;
  isHostNetwork: boolean;
  /** Whether the pod belongs to the load balancer's workload; other pods only share the cluster. */
  isTarget: boolean;
  /** Slot of a StatefulSet's or DaemonSet's pod, else null. */
  slot: number | null;
  worker: Worker;
  ip: string;
  created: number;
  /** The pod has an address, and its network answers (or refuses). */
  networked: number;
  started: number;
  /** The process accepts connections. */
  listens: number;
  /** Ready for the first time. */
  ready: number | null;
  restarts: Restart[];
  /** Times in which the readiness probe failed although the container ran. */
  flaps: Span[];
  stalls: Stall[];
  /** Times in which no packet of the load balancer reaches the pod, because its security group was removed. */
  unreachable: Span[];
  /** Times in which the Service does not select the pod. */
  unselected: Span[];
  sidecar: Sidecar | null;
  /** D: the API server accepted the deletion. */
  deleted: number | null;
  deletedBy: string;
  /** Evicted instead of deleted: the audit log shows another call, the pod a condition. */
  isEvicted: boolean;
  /** Grace period of the deletion. */
  graceSeconds: number;
  /** The kubelet begins to stop the pod (Killing), before preStop. */
  stopping: number | null;
  /** SIGTERM. */
  terminated: number | null;
  /** The process accepts no new connection from here on. */
  closed: number | null;
  /** T: the process is gone. */
  exited: number | null;
  exitCode: number;
  /** The network is gone: nothing answers at the address. */
  silent: number | null;
  /** The API object is gone. */
  gone: number | null;
  /** The EndpointSlice shows the pod as terminating. */
  unlisted: number | null;
  /** Set for a task of ECS, whose life the fields above describe too. */
  task: Task | null;
  /** Set for an instance of an Auto Scaling group, likewise: the application on it, and its machine. */
  machine: Machine | null;
}

/** An instance that CodeDeploy takes out, updates and puts back: the lifecycle events of one deployment. */
export interface Deployment {
  blocking: number;
  blocked: number;
  stopped: number;
  started: number;
  allowing: number;
  allowed: number | null;
}

/** The part of an instance that a pod does not have. `deleted` is when it begins to go; `gone` when EC2 calls it terminated. */
export interface Machine {
  /** Version of the launch template. */
  version: number;
  /** EC2 calls it running. */
  running: number;
  /** The group calls it InService, and registers it. */
  inService: number | null;
  /** Rebalance recommendation and interruption warning of Spot. */
  rebalance: number | null;
  warned: number | null;
  /** Terminating:Wait. */
  hook: Span | null;
  /** EC2 begins to shut it down. */
  shuttingDown: number | null;
  shutDownBy: 'group' | 'person' | 'spot' | null;
  /** It never serves well again from here on, whatever the reason. */
  endedFrom: number | null;
  deployments: Deployment[];
}

/** Why a group launches or terminates an instance. */
export type ActivityCause =
  | 'refresh'
  | 'scale in'
  | 'scale out'
  | 'rebalance'
  | 'replacement'
  /** Its health checks: of the load balancer, of EC2, and that somebody else has terminated it. */
  | 'ELB check'
  | 'status check'
  | 'EC2 check';

/** A scaling activity of the group. */
export interface Activity {
  pod: Pod;
  what: 'Launching' | 'Terminating';
  start: number;
  end: number | null;
  /** A terminated instance's target is drained. */
  drained: number | null;
  cause: ActivityCause;
}

export interface GroupHistory {
  activities: Activity[];
  /** Changes of the desired capacity. */
  sizes: { time: number; from: number; to: number }[];
}

/** A container of a task. */
export interface TaskContainer {
  name: string;
  /** Whether targets are ports of it. */
  serves: boolean;
  exited: number | null;
  exitCode: number | null;
  reason: string | null;
}

/** How a task stops. */
export type StopWay = 'planned' | 'at once' | 'own end' | 'host lost';

/** The part of a task of ECS that a pod does not have. `deleted` is when it begins to go for the load balancer. */
export interface Task {
  service: string;
  /** `ecs-svc/...`. */
  deployment: string;
  /** `family:revision`. */
  definition: string;
  pending: number;
  /** ACTIVATING: its target is registered. */
  activating: number | null;
  way: StopWay | null;
  /** The decision to stop it. */
  stopping: number | null;
  stopCode: string;
  stoppedReason: string;
  /** An essential container ended by itself. */
  ownEnd: number | null;
  /** The last container ended. */
  executionStopped: number | null;
  containers: TaskContainer[];
}

/** The acts of a service of ECS. */
export interface ServiceHistory {
  /** Its event messages. */
  messages: { time: number; text: string }[];
  deployments: { id: string; definition: string; created: number; completed: number | null }[];
}

/** One registration of an address in the target group. */
export interface Registration {
  ip: string;
  port: number;
  /** The address, with the port where several targets share an IP. */
  address: string;
  /** Number of the target group: a blue/green deployment has two. */
  group: number;
  /** The target; of a node port the life of its node. */
  pod: Pod;
  /** Pods that got the same address while it was still registered. */
  heirs: { pod: Pod; from: number }[];
  /** RegisterTargets. */
  registered: number;
  /** X: DeregisterTargets. */
  deregistered: number | null;
  /** The address was registered again later, so nothing drains any more. */
  registeredAgain: number | null;
  /** When each load balancer node began to know the target, and when it stopped choosing it. */
  known: number[];
  dropped: (number | null)[];
  /** The load balancer found by itself that the instance is not running; `deregistered` is the same time. */
  invalid: number | null;
  /** DeregisterTargets after that, which makes its state draining. */
  drainingFrom: number | null;
}

/** A call of the controller. */
export interface Call {
  /** When the controller called. */
  asked: number;
  /** When the load balancer accepted the call: X for a DeregisterTargets. */
  time: number;
  /** When the API answered. */
  answered: number;
  action: 'RegisterTargets' | 'DeregisterTargets';
  ip: string;
  group: number;
  pod: Pod;
  /** The caller: the controller, a person with the AWS command line, the scheduler of ECS, an Auto Scaling group, CodeDeploy. */
  actor: 'controller' | 'person' | 'ecs' | 'auto-scaling' | 'codedeploy';
}

/** Some load balancer nodes cannot connect to any pod. */
export interface Blocked {
  from: number;
  until: number;
  albNodes: number;
}

/** Everything that happened, without the requests. */
export interface World {
  /** Start and end of the arrival of requests. */
  starts: number;
  ends: number;
  /** End of the recording of evidence. */
  captured: number;
  /** Time of the first look at the cluster, long afterwards. */
  snapshot: number;
  workers: Worker[];
  /** Addresses of the load balancer nodes. */
  albNodes: string[];
  pods: Pod[];
  registrations: Registration[];
  calls: Call[];
  blocked: Blocked[];
  replicaSets: string[];
  /** When each load balancer node began to forward to a target group. */
  shifts: { from: number[]; group: number }[];
  /** The service whose tasks the pods are; null where they are pods. */
  service: ServiceHistory | null;
  /** Lives of the nodes, where they are the targets. */
  nodes: Pod[];
  /** The Auto Scaling group whose instances the pods are; null where they are pods. */
  group: GroupHistory | null;
}

/** Returns the key of the target at which a pod answers. Tasks on the network of their instance share its IP. */
export const addressOf = ({ ip, port, isHostNetwork, task }: Pod): string =>
  task !== null && isHostNetwork ? `${ip}:${port}` : ip;
