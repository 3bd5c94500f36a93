/**
 * Reads records of ECS about its tasks: events of EventBridge (in their envelope, their detail alone, in lines, arrays, or in what
 * CloudWatch Logs gives of an event capture), and answers of describe-tasks, describe-services, describe-task-definition,
 * describe-container-instances and describe-service-deployments, as JSON or YAML. Entries of an action log are counted.
 */
import { count } from '../../number/count.ts';
import { captureTime, momentOf } from '../capture-time.ts';
import { type Fact, type Moment, type Reading, type ReadingContext, UNSAID } from '../fact.ts';
import { asArray, asObject, asObjects, asText } from '../json-value.ts';
import { type Interval, parseTime } from '../moment.ts';
import { PAYLOAD } from '../payload.ts';
import { fromPowerShell } from '../powershell.ts';
import { printValue, quote, reject } from '../rejection.ts';
import { timedText } from '../said-time.ts';
import { parsed } from '../unwrap/bracket.ts';
import { unwrap } from '../unwrap/unwrap.ts';
import { isYaml, splitYaml, yamlOutlines } from '../yaml-stream.ts';
import { readDeployment } from './deployment.ts';
import { readInstance } from './instance.ts';
import { clusterOf, lastPart } from './name.ts';
import { isEcsDescriptionOutline } from './outline.ts';
import { readServiceEvents } from './service-event.ts';
import { definitionSettings, serviceSettings } from './setting.ts';
import { readTask } from './task.ts';
import { readEcsTime } from './time.ts';

/** Returns the facts of all tasks, container instances, services and task definitions that a text tells of. */
export function readEcs(text: string, context: ReadingContext): Reading {
  const reader = new EcsReader(context);
  // `--output yaml` of the AWS command line.
  if (isYaml(text) && yamlOutlines(text).some(isEcsDescriptionOutline)) {
    for (const { value, line, error, text: own } of splitYaml(text)) {
      if (error === null) reader.take(value, line);
      else reader.reject(line, error, own);
    }
    return reader.end();
  }
  for (const { line, text: own, error, takenAt, writtenAt } of unwrap(text, PAYLOAD)) {
    const value = error === null ? parsed(timedText(own, takenAt ?? writtenAt)) : undefined;
    const isJson = /^[{[]/.test(own);
    if (error === null && !isJson) reader.others++;
    else if (value === undefined) {
      reader.reject(line, error ?? 'bad_json: the record is cut or damaged', own);
    } else reader.take(value, line);
  }
  return reader.end();
}

const LISTS = ['tasks', 'services', 'containerInstances', 'serviceDeployments', 'failures'] as const;

class EcsReader {
  others = 0;
  readonly #context: ReadingContext;
  readonly #reading: Reading = { records: 0, facts: [], rejected: [], notes: [] };
  readonly #capture: ReturnType<typeof captureTime>;
  /** Events come at least once: what was read already, by task and version. */
  readonly #seen = new Set<string>();
  #usesCapture = false;
  #others = new Map<string, number>();

  constructor(context: ReadingContext) {
    this.#context = context;
    this.#capture = captureTime(context);
  }

  reject(line: number, reason: string, text: string): void {
    this.#reading.rejected.push(reject(line, reason, text));
  }

  take(value: unknown, line: number): void {
    if (Array.isArray(value)) {
      for (const one of value) this.take(one, line);
      return;
    }
    const object = asObject(fromPowerShell(value));
    if (object === null) this.reject(line, 'not_an_ecs_record', printValue(value));
    else if (asText(object['detail-type']) !== null) this.#takeEvent(object, line);
    else if (asText(asObject(object.detail)?.eventName) !== null)
      this.#count(asText(asObject(object.detail)!.eventName)!);
    else if (asText(object.taskArn) !== null || asText(object.containerInstanceArn) !== null)
      this.#takeOne(object, line, null);
    else this.#takeAnswer(object, line);
  }

  end(): Reading {
    const reading = this.#reading;
    if (this.#usesCapture) reading.notes.push(this.#capture.note);
    for (const [type, count] of this.#others) {
      reading.notes.push(`${count} × ${quote(type)}: read, but not about a single task.`);
    }
    if (this.others > 0) {
      reading.notes.push(`${count(this.others, 'line')} of other text in it.`);
    }
    return reading;
  }

  #takeEvent(event: Record<string, unknown>, line: number): void {
    const type = asText(event['detail-type']) ?? '';
    const detail = asObject(event.detail);
    if (detail === null) {
      this.reject(line, 'missing_detail: detail', printValue(event));
      return;
    }
    if (!/^ECS (?:Task|Container Instance) State Change$/.test(type)) {
      this.#count(type);
      return;
    }
    // The envelope prints whole seconds, and is written after what it tells of.
    const time = parseTime(asText(event.time) ?? '', 0);
    if (time === null && event.time != null)
      this.reject(line, `bad_time: time: ${quote(event.time)}`, printValue(event));
    else this.#takeOne(detail, line, time);
  }

  /** A record that says nothing of a single task. */
  #count(type: string): void {
    this.#reading.records++;
    this.#others.set(type, (this.#others.get(type) ?? 0) + 1);
  }

  /** A task or a container instance; `recorded` is when it was seen in this state. */
  #takeOne(object: Record<string, unknown>, line: number, recorded: Interval | null): void {
    const arn = asText(object.taskArn) ?? asText(object.containerInstanceArn);
    // A version stands for one state of a task. An answer without a version is compared as a whole.
    const key = object.version == null ? null : `${arn} ${String(object.version)} ${asText(object.lastStatus) ?? ''}`;
    if (key !== null && this.#seen.has(key)) {
      this.#reading.records++;
      return;
    }
    const updated = readEcsTime(object, 'updatedAt');
    const at = typeof updated === 'string' ? null : (updated ?? recorded ?? this.#captured());
    const facts =
      typeof updated === 'string'
        ? updated
        : asText(object.taskArn) !== null
          ? readTask(object, { line, recorded: at })
          : readInstance(object, line, at);
    if (typeof facts === 'string') {
      this.reject(line, facts, printValue(object));
      return;
    }
    if (key !== null) this.#seen.add(key);
    this.#add(facts);
  }

  /** A task alone, as a query of describe-tasks prints it. */
  #captured(): Interval | null {
    this.#usesCapture = true;
    return this.#capture.moment;
  }

  #takeAnswer(answer: Record<string, unknown>, line: number): void {
    const stated = momentOf(answer, this.#context.timezoneMinutes);
    if (typeof stated === 'string') {
      this.reject(line, stated, printValue(answer));
      return;
    }
    const moment = stated ?? this.#capture.moment;
    const lists = LISTS.filter((list) => Array.isArray(answer[list]));
    const service = asObject(answer.service);
    const definition = asObject(answer.taskDefinition);
    if (lists.length === 0 && service === null && definition === null) {
      this.reject(line, 'not_an_ecs_record', printValue(answer));
      return;
    }
    const before = this.#reading.records;
    // A deployment has times of its own.
    if (stated === null && lists.some((list) => list !== 'serviceDeployments' && asArray(answer[list]).length > 0))
      this.#usesCapture = true;
    for (const value of asArray(answer.tasks)) this.#takeListed(value, line, moment);
    for (const value of asArray(answer.containerInstances)) this.#takeListed(value, line, moment);
    for (const value of [...asArray(answer.services), ...(service === null ? [] : [service])]) {
      this.#takeService(value, line, moment);
    }
    for (const value of asObjects(answer.serviceDeployments)) this.#takeDeployment(value, line);
    if (definition !== null) this.#takeDefinition(definition, line, moment);
    for (const value of asObjects(answer.failures)) this.#takeFailure(value, line, moment);
    if (this.#reading.records === before && this.#reading.rejected.length === 0) this.#reading.saysNone = true;
  }

  #takeListed(value: unknown, line: number, moment: Interval | null): void {
    const object = asObject(value);
    // A listing shows the state when it was taken; `version` tells the same state from one listing to the next.
    const facts =
      object === null
        ? 'not_an_ecs_record'
        : asText(object.taskArn) !== null
          ? readTask(object, { line, recorded: moment })
          : readInstance(object, line, moment);
    if (typeof facts === 'string') this.reject(line, facts, printValue(value));
    else this.#add(facts);
  }

  #takeService(value: unknown, line: number, moment: Moment | null): void {
    const service = asObject(value);
    const arn = asText(service?.serviceArn);
    if (service === null || arn === null) {
      this.reject(line, 'missing_arn: serviceArn', printValue(value));
      return;
    }
    const name = asText(service.serviceName) ?? lastPart(arn);
    const { facts, bad } = readServiceEvents(service.events, { arn, name, line });
    for (const { reason, value: event } of bad) this.reject(line, reason, printValue(event));
    if (clusterOf(arn) === null && asArray(service.events).length > 0) {
      this.#reading.notes.push(
        `The ARN of service ${quote(name)} is of the old form, without its cluster: its messages name no task that could be found.`,
      );
    }
    this.#add([...facts, ...settings(serviceSettings(service, arn), line, moment)]);
  }

  #takeDefinition(definition: Record<string, unknown>, line: number, moment: Moment | null): void {
    const arn = asText(definition.taskDefinitionArn);
    if (arn === null) this.reject(line, 'missing_arn: taskDefinitionArn', printValue(definition));
    else this.#add(settings(definitionSettings(definition, arn), line, moment));
  }

  #takeDeployment(deployment: Record<string, unknown>, line: number): void {
    const read = readDeployment(deployment);
    if (typeof read === 'string') {
      this.reject(line, read, printValue(deployment));
      return;
    }
    this.#reading.notes.push(read.note);
    this.#add(settings(read.settings, line, read.begun));
  }

  /** A task that is not listed any more had stopped about an hour before, or earlier. */
  #takeFailure(failure: Record<string, unknown>, line: number, moment: Moment | null): void {
    const arn = asText(failure.arn);
    if (arn === null || !/:task\//.test(arn) || asText(failure.reason) !== 'MISSING' || moment === null) {
      this.#reading.records++;
      return;
    }
    const said = { uid: arn, name: lastPart(arn), namespace: clusterOf(arn) };
    this.#add([
      {
        ...UNSAID,
        ...said,
        kind: 'pod',
        target_kind: 'ecs_task',
        line,
        event: 'gone',
        earliest: null,
        latest: moment.latest,
      },
    ]);
  }

  #add(facts: readonly Fact[]): void {
    for (const fact of facts) this.#reading.facts.push(fact);
    this.#reading.records++;
  }
}

/** Without a time nothing says when they were in force. */
function settings(stated: ReturnType<typeof serviceSettings>, line: number, moment: Moment | null): Fact[] {
  if (moment === null) return [];
  const { earliest, latest } = moment;
  return stated.map((one) => ({ kind: 'setting', line, earliest, latest, ...one }));
}
