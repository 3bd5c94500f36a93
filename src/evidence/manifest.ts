/** Settings in Kubernetes manifests: YAML of one or many documents, or JSON, as written or as `kubectl get -o` prints them. */
import { captureTime } from './capture-time.ts';
import type { Moment, Reading, ReadingContext } from './fact.ts';
import { nodePorts } from './instance/service.ts';
import { asObject, asText } from './json-value.ts';
import { readKubernetesJson } from './kubernetes-json.ts';
import { objectsOf, readManifestObject } from './manifest-object.ts';
import { printValue, reject } from './rejection.ts';
import { splitValues } from './yaml-stream.ts';

/**
 * Returns each setting that an object states, as of the capture time; objects of other kinds count and give none,
 * unless it is a capture: then pods, nodes and EndpointSlices in it are read as well.
 */
export function readManifest(text: string, context: ReadingContext): Reading {
  const reading: Reading = { records: 0, facts: [], rejected: [], notes: [] };
  const capture = captureTime(context);
  const pieces = [...splitValues(text)];
  if (pieces.some(({ value }) => isCapture(value))) return readKubernetesJson(text, context);
  for (const piece of pieces) {
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

const CAPTURED: ReadonlySet<string> = new Set(['Node', 'NodeClaim', 'EndpointSlice', 'Event']);

/** Whether the API server printed it. A pod in a manifest has no uid, and may never have existed. */
function isCapture(value: unknown): boolean {
  const object = asObject(value);
  if (object !== null && 'capturedAt' in object && 'object' in object) return true;
  return objectsOf(value).some((one) => {
    const kind = asText(asObject(one)?.kind) ?? '';
    return CAPTURED.has(kind) || (kind === 'Pod' && asText(asObject(asObject(one)?.metadata)?.uid) !== null);
  });
}
