/** Addresses and ports as people and programs write them. */

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)$/;

/** Returns the IP address in lower case, as access logs print it, or null for other text. */
export function parseIp(text: string): string | null {
  if (IPV4.test(text)) return text;
  return isIpv6(text) ? text.toLowerCase() : null;
}

function isIpv6(text: string): boolean {
  if (text.length > 45 || !/^[0-9A-Fa-f:.]+$/.test(text)) return false;
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const dotted = IPV4.test(last);
  const hex = dotted ? groups.slice(0, -1) : groups;
  const width = hex.length + (dotted ? 2 : 0);
  return hex.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group)) && (halves.length === 2 ? width < 8 : width === 8);
}

/** Returns a port from 1 to 65535, or null. */
export function parsePort(value: unknown): number | null {
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
  return typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65535 ? port : null;
}
