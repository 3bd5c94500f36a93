/** Nodes in the log of the cluster autoscaler. */
import type { Reading, ReadingContext } from '../fact.ts';
import { klogTime, splitKlog } from '../klog.ts';
import { autoscalerStart, readAutoscalerMessage } from './autoscaler-line.ts';
import { latestOf, readNodeLog } from './node-log.ts';

/** Returns what a log of the cluster autoscaler says. Its times are at `context.timezoneMinutes`. */
export function readAutoscalerLog(text: string, context: ReadingContext): Reading {
  return readNodeLog(text, context, (entry) => {
    const line = autoscalerStart(entry.text) === 0 ? splitKlog(entry.text) : null;
    if (line === null) return null;
    const said = readAutoscalerMessage(line.message);
    if (said === null) return { at: null, sayings: [] };
    return { at: klogTime(line, latestOf(entry, context), context.timezoneMinutes), sayings: [said] };
  });
}
