/** A small kube-state-metrics that serves the pods it is given, at once. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LivePod {
  name: string;
  uid: string;
  ip: string;
  /** Unix seconds. */
  created: number;
  deletionTimestamp: number | null;
}

export class Exporter {
  readonly pods = new Map<string, LivePod>();
  isNodeReady = true;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((_, response) => response.end(this.#print()));
  }

  /** Returns `host:port`. */
  async start(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  #print(): string {
    const lines = [
      `kube_node_status_condition{node="live-node",condition="Ready",status="true"} ${this.isNodeReady ? 1 : 0}`,
    ];
    for (const { name, uid, ip, created, deletionTimestamp } of this.pods.values()) {
      const who = `namespace="live",pod="${name}",uid="${uid}"`;
      lines.push(
        `kube_pod_info{${who},pod_ip="${ip}",host_ip="10.0.0.1",node="live-node",created_by_kind="ReplicaSet",created_by_name="live"} 1`,
        `kube_pod_created{${who}} ${created}`,
        `kube_pod_status_ready{${who},condition="true"} 1`,
      );
      if (deletionTimestamp !== null) lines.push(`kube_pod_deletion_timestamp{${who}} ${deletionTimestamp}`);
    }
    return `${lines.join('\n')}\n`;
  }
}
