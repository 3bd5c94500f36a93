/** Names of a target: its address, or the id of the instance that it is. */
import { parseIp, parsePort } from './address.ts';
import { asText } from './json-value.ts';
import { quote } from './rejection.ts';

/** Exactly one of the two is known. */
export type TargetId = { ip: string; instance_id: null } | { ip: null; instance_id: string };

/** `i-` and 17 hexadecimal digits; instances of before 2016 have 8, nodes outside AWS are `mi-`. */
const INSTANCE = /^m?i-[0-9a-f]{8,17}$/;

/** Returns the id of an instance, or null for other text. */
export const parseInstanceId = (text: string): string | null => (INSTANCE.test(text) ? text : null);

/** Returns what a Target.Id names; null for a function, a load balancer, or what is no target. */
export function parseTargetId(value: unknown): TargetId | null {
  const text = asText(value) ?? '';
  const ip = parseIp(text);
  if (ip !== null) return { ip, instance_id: null };
  const instance_id = parseInstanceId(text);
  return instance_id === null ? null : { ip: null, instance_id };
}

/** Returns a target of the AWS API, or the reason why it cannot be read; the message calls its keys `field`. */
export function readTarget(
  id: unknown,
  port: unknown,
  field: { id: string; port: string },
): (TargetId & { port: number }) | string {
  const target = parseTargetId(id);
  if (target === null) return `target_not_ip: ${field.id}: ${quote(id)}`;
  const number = parsePort(port);
  return number === null ? `bad_port: ${field.port}: ${quote(port)}` : { ...target, port: number };
}
