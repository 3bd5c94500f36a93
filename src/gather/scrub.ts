/**
 * Takes possible secrets out of records of the Kubernetes audit log, whose bodies are whole objects: environment, arguments,
 * commands, annotations, data. A preStop command stays, because its sleep is evidence. Pure.
 */

const SECRET: ReadonlySet<string> = new Set([
  'env',
  'envFrom',
  'args',
  'annotations',
  'fieldsV1',
  'data',
  'stringData',
]);

/** Returns a record without them. One that is no JSON, because it was cut, ends before the first of them. */
export function scrubAuditRecord(message: string): string {
  let record: unknown;
  try {
    record = JSON.parse(message);
  } catch {
    const at = message.search(/"(?:env|envFrom|args|command|annotations|data|stringData)\\?"/);
    return at === -1 ? message : message.slice(0, at);
  }
  if (typeof record !== 'object' || record === null) return message;
  const bodies = record as Record<string, unknown>;
  for (const body of ['requestObject', 'responseObject']) {
    if (bodies[body] !== undefined) bodies[body] = scrubbed(bodies[body], '');
  }
  return JSON.stringify(bodies);
}

function scrubbed(value: unknown, parent: string): unknown {
  if (Array.isArray(value)) return value.map((one) => scrubbed(one, parent));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !SECRET.has(key) && (key !== 'command' || parent === 'exec'))
      .map(([key, inner]) => [key, scrubbed(inner, key)]),
  );
}
