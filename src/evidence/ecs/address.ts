/** Where a task answers: the addresses of its network interface, or ports of the instance that it runs on. */
import { parseIp, parsePort } from '../address.ts';
import { asObjects, asText } from '../json-value.ts';

/** One way in which a target can name the task. */
export interface TaskAddress {
  ip: string | null;
  port: number | null;
}

/** Events call it `eni`, describe-tasks `ElasticNetworkInterface`. */
const INTERFACE = /^(?:eni|elasticnetworkinterface)$/i;

/** `privateIPv4Address` in attachments, `privateIpv4Address` in containers. */
const DETAIL = /^(?:privateIpv4Address|ipv6Address)$/i;

/**
 * Returns the addresses of a task. With an interface of its own these are its IPs, on every port; else the ports of its
 * instance, whose address stands elsewhere. One that tells neither has a single entry that says nothing.
 */
export function addressesOf(task: Record<string, unknown>): TaskAddress[] {
  const texts: unknown[] = [];
  for (const attachment of asObjects(task.attachments)) {
    if (!INTERFACE.test(asText(attachment.type) ?? '')) continue;
    for (const { name, value } of asObjects(attachment.details)) {
      if (typeof name === 'string' && DETAIL.test(name)) texts.push(value);
    }
  }
  const containers = asObjects(task.containers);
  for (const container of containers) {
    for (const one of asObjects(container.networkInterfaces)) texts.push(one.privateIpv4Address, one.ipv6Address);
  }
  const ips = texts.map((text) => parseIp(asText(text) ?? '')).filter((ip) => ip !== null);
  if (ips.length > 0) return [...new Set(ips)].map((ip) => ({ ip, port: null }));
  const ports = new Set(containers.flatMap(hostPorts));
  return ports.size > 0 ? [...ports].map((port) => ({ ip: null, port })) : [{ ip: null, port: null }];
}

/** Returns the ports of the instance that lead to a container. */
export function hostPorts(container: Record<string, unknown>): number[] {
  const ports = asObjects(container.networkBindings).map(({ hostPort }) => parsePort(hostPort));
  return [...new Set(ports.filter((port) => port !== null))];
}
