/** Settings in Kubernetes manifests: YAML of one or many documents, or JSON, as written or as `kubectl get -o` prints them. */
import { captureTime } from './capture-time.ts';
import type { Moment, Reading, ReadingContext } from './fact.ts';
import { nodePorts } from './instance/service.ts';
import { asObject } from './json-value.ts';
import { objectsOf, readManifestObject } from './manifest-object.ts';
import { printValue, reject } from './rejection.ts';
import { splitValues } from './yaml-stream.ts';

/** Returns each setting that an object states, as of the capture time; objects of other kinds count and give none. */
export function readManifest(text: string, context: ReadingContext): Reading {
  const reading: Reading = { records: 0, facts: [], rejected: [], notes: [] };
  const capture = captureTime(context);
  for (const piece of splitValues(text)) {
    if (piece.error !== null) {
      reading.rejected.push(reject(piece.line, piece.error, piece.text));
      continue;
    }
    const objects = objectsOf(piece.value);
    for (const [index, value] of objects.entries()) {
      const line = piece.elementLines.length === objects.length ? piece.elementLines[index]! : piece.line;
      const object = asObject(value);
      const stated = object === null ? 'not_a_manifest' : readManifestObject(object);
      const why = typeof stated === 'string' ? stated : capture.moment ? null : 'no_capture_time: give --captured-at';
      if (why !== null) {
        reading.rejected.push(reject(line, why, printValue(value)));
        continue;
      }
      reading.records++;
      if (typeof stated === 'string' || stated === null) continue;
      for (const setting of stated)
        reading.facts.push({ kind: 'setting', line, ...(capture.moment as Moment), ...setting });
      if (object?.kind === 'Service') reading.facts.push(...nodePorts(object, line, capture.moment));
      if (!reading.notes.includes(capture.note)) reading.notes.push(capture.note);
    }
  }
  return reading;
}
