/** What there is in the simulated world, and when it came and went. Times are microseconds; null: not (yet). */

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

/** A time in which something held; `until` is Infinity where it never ended. */
export interface Span {
  from: number;
  until: number;
}

/** An overload: the process lives, and new connections to it are not accepted. */
export interface Stall extends Span {
  /** Its accept queue is full: packets go unanswered; or it closes what it accepts. */
  how: 'silent' | 'closed';
}

/** A second container that serves no port; of a mesh it answers for the application. */
export interface Sidecar {
  name: string;
  /** When it ended with its pod. */
  exited: number | null;
  restarts: { killed: number; started: number; reason: 'OOMKilled' | 'Error'; exitCode: number }[];
}

export interface Worker {
  name: string;
  zone: string;
  hostIp: string;
  /** The machine died. */
  lost: number | null;
  /** Microseconds by which its clock is ahead of the load balancer's. */
  clock: number;
  /** Seen as NotReady by the control plane. */
  notReady: number | null;
}

export interface Pod {
  name: string;
  uid: string;
  replicaSet: string;
  /** Name of the application, also of its container. */
  app: string;
  ownerKind: 'ReplicaSet' | 'StatefulSet' | 'DaemonSet' | 'Job';
  /** The port it declares, null of a Job. */
  port: number | null;
  isHostNetwork: boolean;
  /** Whether it is of the workload that the load balancer serves; others only share the cluster. */
  isTarget: boolean;
  /** Place of a StatefulSet's or DaemonSet's pod, else null. */
  slot: number | null;
  worker: Worker;
  ip: string;
  created: number;
  /** It has an address, and its network answers (or refuses). */
  networked: number;
  started: number;
  /** The process accepts connections. */
  listens: number;
  /** For the first time. */
  ready: number | null;
  restarts: Restart[];
  /** Times in which its readiness probe failed though its container ran. */
  flaps: Span[];
  stalls: Stall[];
  /** Times in which no packet of the load balancer reaches it: its security group was taken away. */
  unreachable: Span[];
  /** Times in which the Service does not select it. */
  unselected: Span[];
  sidecar: Sidecar | null;
  /** The API server took the request to delete it: D. */
  deleted: number | null;
  deletedBy: string;
  /** Not deleted but evicted: the audit log shows another call, the pod a condition. */
  isEvicted: boolean;
  /** The grace that the deletion gave. */
  graceSeconds: number;
  /** The kubelet begins to stop it (Killing), before preStop. */
  stopping: number | null;
  /** SIGTERM. */
  terminated: number | null;
  /** From here on it accepts no new connection. */
  closed: number | null;
  /** The process is gone: T. */
  exited: number | null;
  exitCode: number;
  /** Its network is gone: nothing answers at the address. */
  silent: number | null;
  /** The API object is gone. */
  gone: number | null;
  /** The EndpointSlice shows it as terminating. */
  unlisted: number | null;
}

/** One stay of an address in the target group. */
export interface Registration {
  ip: string;
  pod: Pod;
  /** Pods that were registered at the same address while it still stood in the group. */
  heirs: { pod: Pod; from: number }[];
  /** RegisterTargets. */
  registered: number;
  /** DeregisterTargets: X. */
  deregistered: number | null;
  /** The address was registered again after that: nothing of it drains any more. */
  registeredAgain: number | null;
  /** When each node of the load balancer began to know it, and when it stopped choosing it. */
  known: number[];
  dropped: (number | null)[];
}

/** A call of the controller. */
export interface Call {
  /** When the controller asked. */
  asked: number;
  /** When the load balancer took it: X, of a DeregisterTargets. */
  time: number;
  /** When the API answered. */
  answered: number;
  action: 'RegisterTargets' | 'DeregisterTargets';
  ip: string;
  pod: Pod;
  /** Who asked: the controller, or a person with the AWS command line. */
  actor: 'controller' | 'person';
}

/** No connection from some nodes of the load balancer to any pod. */
export interface Blocked {
  from: number;
  until: number;
  albNodes: number;
}

/** All that happened, requests left out. */
export interface World {
  /** Requests arrive from here until there. */
  starts: number;
  ends: number;
  /** Evidence was recorded until here. */
  captured: number;
  /** Somebody looks at the cluster for the first time, long afterwards. */
  snapshot: number;
  workers: Worker[];
  /** Addresses of the load balancer's nodes. */
  albNodes: string[];
  pods: Pod[];
  registrations: Registration[];
  calls: Call[];
  blocked: Blocked[];
  replicaSets: string[];
}
