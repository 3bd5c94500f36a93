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

export interface Worker {
  name: string;
  zone: string;
  hostIp: string;
  /** The machine died. */
  lost: number | null;
  /** Seen as NotReady by the control plane. */
  notReady: number | null;
}

export interface Pod {
  name: string;
  uid: string;
  replicaSet: string;
  worker: Worker;
  ip: string;
  created: number;
  /** It has an address, and its network answers (or refuses). */
  networked: number;
  started: number;
  /** The process accepts connections. */
  listens: number;
  ready: number | null;
  restarts: Restart[];
  /** The API server took the request to delete it: D. */
  deleted: number | null;
  deletedBy: string;
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
  workers: Worker[];
  /** Addresses of the load balancer's nodes. */
  albNodes: string[];
  pods: Pod[];
  registrations: Registration[];
  calls: Call[];
  blocked: Blocked[];
  replicaSets: string[];
}
