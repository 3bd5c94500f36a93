/**
 * RegisterTargets and DeregisterTargets, and calls that launch or end instances, as CloudTrail recorded them: files of the trail's bucket (`{"Records": [...]}`),
 * the answer of `aws cloudtrail lookup-events`, records one after the other (an export, EventBridge's `detail`), or
 * what CloudWatch Logs gives of a trail.
 */
import { count } from '../number/count.ts';
import { formatTime } from '../time/time.ts';
import { parsePort } from './address.ts';
import { type EntryReader, readEntries } from './entry-reader.ts';
import type { EvidenceSummary, FactSink, Reading, ReadingContext, TargetChange } from './fact.ts';
import { isInstanceCall, readInstanceCall } from './instance/instance-call.ts';
import { asArray, asObject, asText } from './json-value.ts';
import { parseTime } from './moment.ts';
import { printValue, quote, reject } from './rejection.ts';
import { parseTargetId } from './target-id.ts';
import { parsed } from './unwrap/bracket.ts';
import { timeOf } from './unwrap/carrier.ts';
import type { Unwrapped } from './unwrap/entry.ts';

const EVENTS: Readonly<Record<string, TargetChange['event']>> = {
  RegisterTargets: 'registered',
  DeregisterTargets: 'deregistered',
};

/**
 * Gives one fact for each target of each call that succeeded, as wide as the whole second that eventTime prints. Records
 * of other calls count and give no fact; a record whose eventID was there before gives none either.
 */
export class CloudTrailReader implements EntryReader {
  readonly #sink: FactSink;
  readonly #seen = new Set<string>();
  #records = 0;
  #failed = 0;
  #others = 0;
  #insights = 0;

  constructor(_context: ReadingContext, sink: FactSink) {
    this.#sink = sink;
  }

  take({ line, text: own, error }: Unwrapped): void {
    const value = error === null ? parsed(own) : undefined;
    if (asObject(value)?.eventType === 'AwsCloudTrailInsight') {
      this.#records++;
      this.#insights++;
      return;
    }
    const record = recordOf(value);
    if (record === null && error === null && !/^[{[]/.test(own)) {
      this.#others++;
      return;
    }
    if (record === null) {
      const isCut = value === undefined && own.startsWith('{');
      const why = error ?? (isCut ? 'bad_json: the record is cut or damaged' : 'not_a_cloudtrail_record');
      this.#sink.reject(reject(line, why, own));
      return;
    }
    const event =
      record.eventSource === 'elasticloadbalancing.amazonaws.com' ? EVENTS[asText(record.eventName) ?? ''] : undefined;
    const event_id = asText(record.eventID);
    const isFailed = asText(record.errorCode) !== null;
    if (isInstanceCall(record) && !isFailed && !(event_id !== null && this.#seen.has(event_id))) {
      this.#takeInstanceCall(record, { line, event_id, text: own });
      return;
    }
    if (event === undefined || isFailed || (event_id !== null && this.#seen.has(event_id))) {
      this.#records++;
      if (event !== undefined && isFailed) this.#failed++;
      return;
    }
    const read = readCall(record, { line, event, event_id });
    if (typeof read === 'string') {
      this.#sink.reject(reject(line, read, own));
      return;
    }
    if (event_id !== null) this.#seen.add(event_id);
    this.#records++;
    for (const fact of read.facts) this.#sink.fact(fact);
    for (const { reason, text } of read.bad) this.#sink.reject(reject(line, reason, text));
  }

  #takeInstanceCall(
    record: Record<string, unknown>,
    { line, event_id, text }: { line: number; event_id: string | null; text: string },
  ): void {
    const read = readInstanceCall(record, line);
    if (typeof read === 'string') {
      this.#sink.reject(reject(line, read, text));
      return;
    }
    if (event_id !== null) this.#seen.add(event_id);
    this.#records++;
    for (const fact of read) this.#sink.fact(fact);
  }

  end(): EvidenceSummary {
    const notes: string[] = [];
    const [others, failed] = [this.#others, this.#failed];
    if (others > 0) notes.push(`${count(others, 'line')} of other text in it.`);
    if (this.#insights > 0)
      notes.push(
        `${count(this.#insights, 'record')} of CloudTrail Insights in it: they count calls and name no target.`,
      );
    if (failed > 0) {
      notes.push(`${count(failed, 'call')} of the trail failed (errorCode), and changed no target.`);
    }
    return { records: this.#records, notes };
  }
}

/** Returns what the records of a trail say. */
export const readCloudTrail = (text: string, context: ReadingContext): Reading =>
  readEntries(text, context, CloudTrailReader);

/** Members that are read, by their names in Athena, which has no capital letters. */
const ATHENA_NAMES: ReadonlyMap<string, string> = new Map(
  [
    ...['eventName', 'eventSource', 'eventTime', 'eventID', 'errorCode', 'requestParameters', 'responseElements'],
    ...['userAgent', 'userIdentity', 'serviceEventDetails', 'eventType'],
  ].map((name) => [name.toLowerCase(), name]),
);

/** A row of Athena's table as the record that it was; an empty cell is none. */
function fromAthena(object: Record<string, unknown>): Record<string, unknown> {
  if ('eventName' in object || !('eventname' in object)) return object;
  const members = Object.entries(object).filter(([, held]) => held !== '' && held !== 'null');
  return Object.fromEntries(
    members.map(([name, held]) => {
      const own = ATHENA_NAMES.get(name) ?? name;
      const isPrinted = own === 'requestParameters' || own === 'responseElements';
      return [own, isPrinted ? (objectIn(held) ?? held) : held];
    }),
  );
}

/** A record of Security Lake as the record that it was; one of another shape as it is. */
function fromOcsf(object: Record<string, unknown>): Record<string, unknown> {
  const api = asObject(object.api);
  const metadata = asObject(object.metadata);
  if (api === null || asObject(metadata?.product)?.name !== 'CloudTrail') return object;
  const time = timeOf(object.time_dt ?? object.time);
  return {
    eventName: api.operation,
    eventSource: asObject(api.service)?.name,
    eventTime: time && formatTime(time.earliest).replace(/\.0+Z$/, 'Z'),
    eventID: metadata?.uid,
    errorCode: asObject(api.response)?.error,
    requestParameters: objectIn(asObject(api.request)?.data),
    responseElements: objectIn(asObject(api.response)?.data),
    userAgent: asObject(object.http_request)?.user_agent,
    userIdentity: { arn: asObject(asObject(object.actor)?.user)?.uid },
  };
}

function recordOf(value: unknown): Record<string, unknown> | null {
  const said = asObject(value);
  const object = said && fromOcsf(fromAthena(said));
  return object !== null && asText(object.eventName) !== null && asText(object.eventSource) !== null ? object : null;
}

/** Some stores keep the parameters as a string. */
const objectIn = (value: unknown): Record<string, unknown> | null =>
  asObject(typeof value === 'string' ? parsed(value) : value);

function readCall(
  record: Record<string, unknown>,
  { line, event, event_id }: Pick<TargetChange, 'line' | 'event' | 'event_id'>,
): { facts: TargetChange[]; bad: { reason: string; text: string }[] } | string {
  const moment = parseTime(asText(record.eventTime) ?? '', 0);
  if (moment === null) return `bad_time: eventTime: ${quote(record.eventTime)}`;
  const parameters = objectIn(record.requestParameters);
  const target_group_arn = asText(parameters?.targetGroupArn);
  if (target_group_arn === null)
    return `no_target_group: requestParameters.targetGroupArn: ${quote(parameters?.targetGroupArn)}`;
  if (!Array.isArray(parameters?.targets))
    return `no_targets: requestParameters.targets: ${quote(parameters?.targets)}`;
  const identity = asObject(record.userIdentity);
  const actor = asText(record.userAgent) ?? asText(identity?.arn);
  const facts: TargetChange[] = [];
  const bad: { reason: string; text: string }[] = [];
  for (const value of asArray(parameters.targets)) {
    const target = asObject(value);
    const id = parseTargetId(target?.id);
    const target_port = target?.port == null ? null : parsePort(target.port);
    if (id === null || (target_port === null && target?.port != null)) {
      const reason = id === null ? `target_not_ip: id: ${quote(target?.id)}` : `bad_port: port: ${quote(target?.port)}`;
      bad.push({ reason, text: printValue(value) });
      continue;
    }
    const said = { target_group_arn, instance_id: id.instance_id, target_ip: id.ip, target_port, actor, event_id };
    facts.push({ kind: 'target_change', line, event, ...moment, ...said });
  }
  return { facts, bad };
}
