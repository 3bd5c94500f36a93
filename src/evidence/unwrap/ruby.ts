/**
 * Records as Fluentd and Fluent Bit print them for people: `{"log"=>"...", "stream"=>"stderr"}`. Fluentd escapes what stands in
 * the quotes; Fluent Bit does not, and breaks the line where the record does.
 */
import { parsed } from './bracket.ts';

const MEMBER = /(?:^|[{,[])\s*"([\w.@/-]{1,80})"\s*=>\s*/g;

/** Returns the members of the records in a line that are strings or numbers; null where a line holds no such record. */
export function rubyMembers(line: string): Record<string, unknown> | null {
  if (!line.includes('"=>') && !/"\s+=>/.test(line)) return null;
  const members = [...line.matchAll(MEMBER)];
  if (members.length === 0) return null;
  const record: Record<string, unknown> = Object.create(null);
  for (const [index, member] of members.entries()) {
    const next = members[index + 1];
    const own = line.slice(member.index + member[0].length, next ? next.index : line.length);
    const value = memberOf(own.trim(), next === undefined);
    if (value !== null && !(member[1]! in record)) record[member[1]!] = value;
  }
  return record;
}

/** The value of a member. That of the last one is followed by the brackets that close the record, or cut by a line break. */
function memberOf(text: string, isLast: boolean): unknown {
  if (!text.startsWith('"')) return /^-?\d+(?:\.\d+)?/.test(text) ? Number.parseFloat(text) : null;
  const inside = text.slice(1);
  if (isLast && /^[{[]/.test(inside) && parsed(inside.trim()) !== undefined) return inside;
  const end = inside.lastIndexOf('"');
  // Behind the last quote there are brackets, where it is not one of the line itself.
  const isClosed = end !== -1 && /^[\]}\s]*$/.test(inside.slice(end + 1));
  const own = isClosed ? inside.slice(0, end) : inside;
  const unescaped = parsed(`"${own}"`);
  return typeof unescaped === 'string' ? unescaped : own;
}
