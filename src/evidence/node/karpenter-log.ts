/** Nodes in the log of Karpenter, as kubectl prints it, as shippers wrap it, and as EKS Auto Mode delivers it. */
import { count } from '../../number/count.ts';
import type { NodeFact, Reading, ReadingContext } from '../fact.ts';
import { outlineOf } from '../json-outline.ts';
import { asObject } from '../json-value.ts';
import { PAYLOAD } from '../payload.ts';
import { reject } from '../rejection.ts';
import { parsed } from '../unwrap/bracket.ts';
import { unwrap } from '../unwrap/unwrap.ts';
import { type Claims, isKarpenterOutline, karpenterTime, readKarpenterLine } from './karpenter-line.ts';

/** Returns one fact for each node that a line takes away or sees; lines about anything else count and give none. */
export function readKarpenterLog(text: string, _context: ReadingContext): Reading {
  const reading: Reading = { records: 0, facts: [], rejected: [], notes: [] };
  const seen = new Set<string>();
  const claims: Claims = new Map();
  let others = 0;
  let passed = 0;
  for (const entry of unwrap(text, PAYLOAD)) {
    const value = entry.error === null ? asObject(parsed(entry.text)) : null;
    if (entry.error !== null || (value === null && entry.text.startsWith('{'))) {
      reading.rejected.push(reject(entry.line, entry.error ?? 'bad_json: a line that was cut', entry.text));
      continue;
    }
    if (value === null || !isKarpenterOutline(outlineOf(value, 2))) {
      others++;
      continue;
    }
    reading.records++;
    const sayings = readKarpenterLine(value, claims);
    if (sayings.length === 0) passed++;
    const at = karpenterTime(value) ?? entry.near ?? null;
    if (sayings.length > 0 && at === null) {
      reading.rejected.push(reject(entry.line, 'no_time: neither time nor event_timestamp', entry.text));
      continue;
    }
    for (const { bound, ...saying } of sayings) {
      const moment = { earliest: bound === 'by' ? null : at!.earliest, latest: at!.latest };
      const fact: NodeFact = { kind: 'node', line: entry.line, ...saying, ...moment };
      const key = `${fact.node ?? fact.instance_id} ${fact.event} ${fact.detail}`;
      // The same is logged again with each try.
      if (seen.has(key) && fact.event !== 'seen') continue;
      seen.add(key);
      reading.facts.push(fact);
    }
  }
  if (passed > 0 && passed === reading.records) {
    reading.notes.push('No line of it says what became of a node.');
  }
  if (others > 0) reading.notes.push(`${count(others, 'line')} of other logs in it.`);
  return reading;
}
