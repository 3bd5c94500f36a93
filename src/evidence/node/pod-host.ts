/**
 * Nodes as their pods show them: spec.nodeName and status.hostIP name the address of a node whose object nobody gave. That
 * the kubelet took a pod, and that a pod was ready, says that the node ran then, and no more: it runs while it goes, too.
 */
import { type NodeFact, UNSAID_NODE } from '../fact.ts';
import type { Interval } from '../moment.ts';
import type { PodObject } from '../pod-object.ts';

/** A line that shows a node running, and when. */
interface Sighting {
  line: number;
  moment: Interval;
}

export class PodHosts {
  /** Of each node and address the first and the last sighting. */
  readonly #hosts = new Map<string, { node: string; ip: string; first: Sighting; last: Sighting }>();

  /** Takes in a pod; `seen` is when it was shown living, where that is known. */
  take(pod: PodObject, line: number, seen: Interval | null): void {
    const { node, host_ip: ip, accepted } = pod;
    if (node === null || ip === null) return;
    if (accepted) this.#add(node, ip, { line, moment: accepted });
    if (seen && pod.ready && !pod.deletion && !pod.terminal) this.#add(node, ip, { line, moment: seen });
  }

  #add(node: string, ip: string, sighting: Sighting): void {
    const key = `${node} ${ip}`;
    const host = this.#hosts.get(key);
    if (!host) this.#hosts.set(key, { node, ip, first: sighting, last: sighting });
    else if (sighting.moment.earliest < host.first.moment.earliest) host.first = sighting;
    else if (sighting.moment.latest > host.last.moment.latest) host.last = sighting;
  }

  *facts(): Generator<NodeFact> {
    for (const { node, ip, first, last } of this.#hosts.values()) {
      for (const { line, moment } of new Set([first, last])) {
        yield { ...UNSAID_NODE, kind: 'node', line, event: 'seen', ...moment, node, ip, detail: 'a pod runs on it' };
      }
    }
  }
}
