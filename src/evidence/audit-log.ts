/**
 * The audit log of the Kubernetes API server: who had which pod deleted when, to the microsecond, and where bodies are
 * logged, what the kubelet wrote into its status.
 */
import { count } from '../number/count.ts';
import { SECOND } from '../time/time.ts';
import { AuditLife } from './audit-life.ts';
import { type AuditRecord, readAuditEntry } from './audit-record.ts';
import { type EntryReader, readEntries } from './entry-reader.ts';
import {
  type EvidenceSummary,
  type FactSink,
  type NodeFact,
  type Reading,
  type ReadingContext,
  UNSAID_NODE,
} from './fact.ts';
import { asInteger, asObject, asObjects, asText } from './json-value.ts';
import { readPodObject } from './pod-object.ts';
import { reject } from './rejection.ts';
import type { Unwrapped } from './unwrap/entry.ts';

/**
 * Reads what calls that succeeded say of pods and nodes; all others count and say nothing. Lines of other logs do not count.
 * Records are taken in the order in which the requests came, whatever order several API servers or log streams gave them: so
 * those that say something are kept to the end.
 */
export class AuditLogReader implements EntryReader {
  readonly #sink: FactSink;
  readonly #telling: AuditRecord[] = [];
  #records = 0;
  #others = 0;

  constructor(_context: ReadingContext, sink: FactSink) {
    this.#sink = sink;
  }

  take(entry: Unwrapped): void {
    const record = readAuditEntry(entry);
    if (typeof record === 'string') this.#sink.reject(reject(entry.line, record, entry.text));
    else if (record === null) this.#others++;
    else {
      this.#records++;
      if (isTelling(record)) this.#telling.push(record);
    }
  }

  end(): EvidenceSummary {
    const lives = new Lives();
    const nodes: NodeFact[] = [];
    let nameless = 0;
    for (const record of eachOnce(this.#telling)) {
      if (record.resource === 'pods') {
        if (!takePodCall(record, lives)) nameless++;
      } else if (record.name !== null) {
        const { line, moment, name: node, actor } = record;
        const said = actor === null ? null : `deleted by ${actor}`;
        nodes.push({ ...UNSAID_NODE, kind: 'node', line, event: 'gone', ...moment, node, detail: said });
      }
    }
    for (const fact of [...lives.facts(), ...nodes]) this.#sink.fact(fact);
    const notes: string[] = [];
    if (this.#others > 0) notes.push(`${count(this.#others, 'line')} of other logs in it.`);
    if (nameless > 0) {
      notes.push(
        `${count(nameless, 'deletion')} of whole collections in it without the answer, so that the pods are not known.`,
      );
    }
    return { records: this.#records, notes };
  }
}

/** Returns what an audit log says. */
export const readAuditLog = (text: string, context: ReadingContext): Reading =>
  readEntries(text, context, AuditLogReader);

/** Calls on pods of which takePodCall knows what they say. */
const POD_VERBS: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

/** Whether a call did something that matters here. */
function isTelling({ stage, code, dryRun, resource, verb, subresource }: AuditRecord): boolean {
  if (stage !== 'ResponseComplete' && stage !== 'ResponseStarted') return false;
  if ((code ?? 200) >= 400 || dryRun) return false;
  if (resource === 'nodes') return verb === 'delete' && subresource === null;
  return resource === 'pods' && POD_VERBS.has(verb);
}

/** Returns each call once, in the order of the requests. */
function eachOnce(records: readonly AuditRecord[]): AuditRecord[] {
  const calls = new Map<string, AuditRecord>();
  for (const [index, record] of records.entries()) {
    const key = record.auditID ?? String(index);
    const known = calls.get(key);
    if (!known || (known.stage === 'ResponseStarted' && record.stage === 'ResponseComplete')) calls.set(key, record);
  }
  return [...calls.values()].sort((a, b) => a.moment.earliest - b.moment.earliest || a.line - b.line);
}

/** Pods by name, each from its creation to its end. */
class Lives {
  readonly #all: AuditLife[] = [];
  readonly #current = new Map<string, AuditLife>();

  of(namespace: string | null, name: string, uid: string | null): AuditLife {
    const key = `${namespace}/${name}`;
    let life = this.#current.get(key);
    const isOther = life && (life.over || (uid !== null && life.uid !== null && life.uid !== uid));
    if (!life || isOther) {
      life = new AuditLife(namespace, name);
      this.#all.push(life);
      this.#current.set(key, life);
    }
    if (uid !== null) life.uid = uid;
    return life;
  }

  facts() {
    return this.#all.flatMap((life) => life.facts());
  }
}

/** Takes a call on pods; returns false for the deletion of pods that it does not name. */
function takePodCall(record: AuditRecord, lives: Lives): boolean {
  const { verb, subresource, namespace, requestObject, responseObject } = record;
  const body = isPod(responseObject) ? responseObject : null;
  if (verb === 'deletecollection') {
    for (const item of asObjects(responseObject?.items)) {
      const life = lifeOf(record, item, lives);
      if (life) takeDeletion(life, item, record);
    }
    return Array.isArray(responseObject?.items);
  }
  if (verb === 'delete' && subresource === null) {
    const life = lifeOf(record, body, lives, asText(asObject(requestObject?.preconditions)?.uid));
    if (!life) return true;
    if (record.node === null) takeDeletion(life, body, record);
    else if (body) takeBody(life, body, record);
    const grace = asInteger(requestObject?.gracePeriodSeconds);
    const isFinal = grace === 0 || (record.node !== null && grace === null);
    const held = asObjects([body?.metadata]).some(
      (metadata) => Array.isArray(metadata.finalizers) && metadata.finalizers.length > 0,
    );
    if (isFinal && !held) life.end(record);
  } else if (verb === 'create' && subresource === 'eviction') {
    lifeOf(record, null, lives)?.request(record, 'EvictionByEvictionAPI');
  } else if (verb === 'create' && subresource === 'binding') {
    const life = lifeOf(record, null, lives);
    if (life) {
      life.node = asText(asObject(requestObject?.target)?.name) ?? life.node;
      life.say('created', record.line, { earliest: null, latest: record.moment.latest });
    }
  } else if (verb === 'create' && subresource === null) {
    const life = lifeOf(record, body ?? requestObject, lives);
    life?.say('created', record.line, record.moment, { actor: record.actor });
    if (life && body) takeBody(life, body, record);
  } else if (subresource === 'status' && (verb === 'patch' || verb === 'update')) {
    const patch = body ?? requestObject;
    const life = patch && lifeOf(record, patch, lives);
    if (life) {
      life.node = record.node ?? life.node;
      const metadata = { name: life.name, namespace, ...asObject(patch.metadata) };
      takeBody(life, { ...patch, metadata }, record);
    }
  }
  return true;
}

function isPod(object: Record<string, unknown> | null): object is Record<string, unknown> {
  return object !== null && (object.kind === 'Pod' || (object.kind === undefined && asObject(object.spec) !== null));
}

/** The life that a call is about: named by the path, or for a creation by the answer alone. */
function lifeOf(
  record: AuditRecord,
  body: Record<string, unknown> | null,
  lives: Lives,
  precondition: string | null = null,
): AuditLife | null {
  const metadata = asObject(body?.metadata);
  const name = asText(metadata?.name) ?? record.name;
  if (name === null) return null;
  return lives.of(asText(metadata?.namespace) ?? record.namespace, name, precondition ?? asText(metadata?.uid));
}

/** The answer to a deletion shows whether one had been asked for before, or the deletion of this call. */
function takeDeletion(life: AuditLife, body: Record<string, unknown> | null, record: AuditRecord): void {
  const pod = body && readPodObject(body);
  const deletion = pod && typeof pod !== 'string' ? pod.deletion : null;
  const asked = deletion?.grace ? deletion.timestamp.latest - deletion.grace * SECOND : null;
  if (asked === null || asked >= record.moment.earliest - SECOND) life.request(record, null);
  if (body) takeBody(life, body, record);
}

function takeBody(life: AuditLife, body: Record<string, unknown>, record: AuditRecord): void {
  const pod = readPodObject(body);
  if (typeof pod !== 'string') life.take(pod, body, record.line);
}
