/** Nodes in the log of Karpenter, as kubectl prints it, as shippers wrap it, and as EKS Auto Mode delivers it. */
import type { Reading, ReadingContext } from '../fact.ts';
import { outlineOf } from '../json-outline.ts';
import { type Claims, isKarpenterOutline, karpenterEntry, karpenterTime, readKarpenterLine } from './karpenter-line.ts';
import { isCutJson, readNodeLog } from './node-log.ts';

/** Returns what a log of Karpenter says. */
export function readKarpenterLog(text: string, context: ReadingContext): Reading {
  const claims: Claims = new Map();
  return readNodeLog(text, context, (line) => {
    const entry = karpenterEntry(line.text);
    if (entry === null) return isCutJson(line.text) ? 'bad_json: a line that was cut' : null;
    if (!isKarpenterOutline(outlineOf(entry, 2))) return null;
    return { at: karpenterTime(entry), sayings: readKarpenterLine(entry, claims) };
  });
}
