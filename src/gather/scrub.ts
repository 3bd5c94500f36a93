/**
 * Takes possible secrets out of records of the Kubernetes audit log, whose bodies are whole objects, and of events of ECS:
 * environment, arguments, commands, annotations, data, headers of probes, values of patches, and what a request says after its
 * `?`. A preStop command stays, because its sleep is evidence. Pure.
 */

const SECRET: ReadonlySet<string> = new Set([
  ...['env', 'envFrom', 'args', 'annotations', 'fieldsV1', 'data', 'stringData', 'httpHeaders', 'volumes'],
]);
/** Parameters that say what a request does; those of `exec` are a command. */
const PARAMETER = /^(?:dryRun|gracePeriodSeconds|propagationPolicy|fieldManager|fieldValidation|force)=/;
/** Members of a task's event that may hold environment and commands. */
const SECRET_OF_TASK: ReadonlySet<string> = new Set(['overrides', 'environment', 'command']);

/** Returns a record without them. One that is no JSON, because it was cut, ends before the first of them. */
export function scrubAuditRecord(message: string): string {
  const record = objectIn(message);
  if (record === undefined) {
    const at = message.search(
      /"(?:env|envFrom|args|command|annotations|data|stringData|httpHeaders|volumes|value|requestURI)\\?"/,
    );
    return at === -1 ? message : message.slice(0, at);
  }
  if (record === null) return message;
  for (const body of ['requestObject', 'responseObject']) {
    if (record[body] !== undefined) record[body] = scrubbed(record[body], []);
  }
  // A patch in JSON is a list of operations.
  if (Array.isArray(record.requestObject)) record.requestObject = record.requestObject.map(withoutValue);
  if (typeof record.requestURI === 'string') record.requestURI = scrubbedUri(record.requestURI);
  return JSON.stringify(record);
}

/** Returns an event of a task without what its overrides say. One that is no JSON ends before them. */
export function scrubTaskEvent(message: string): string {
  const event = objectIn(message);
  if (event === undefined) {
    const at = message.search(/"(?:overrides|environment|command)\\?"/);
    return at === -1 ? message : message.slice(0, at);
  }
  return event === null
    ? message
    : JSON.stringify(event, (key, value) => (SECRET_OF_TASK.has(key) ? undefined : value));
}

/** Returns the object that a text is; null for another value, undefined for no JSON. */
function objectIn(text: string): Record<string, unknown> | null | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return undefined;
  }
}

function scrubbed(value: unknown, path: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((one) => scrubbed(one, path));
  if (typeof value !== 'object' || value === null) return value;
  const isPreStop = path.at(-1) === 'exec' && path.at(-2) === 'preStop';
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !SECRET.has(key) && (key !== 'command' || isPreStop))
      .map(([key, inner]) => [key, scrubbed(inner, [...path, key])]),
  );
}

function withoutValue(operation: unknown): unknown {
  if (typeof operation !== 'object' || operation === null) return operation;
  const { op, path } = operation as Record<string, unknown>;
  return { op, path };
}

function scrubbedUri(uri: string): string {
  const [path, parameters] = uri.split('?', 2) as [string, string?];
  const kept = parameters?.split('&').filter((one) => PARAMETER.test(one)) ?? [];
  return kept.length === 0 ? path : `${path}?${kept.join('&')}`;
}
