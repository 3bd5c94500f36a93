/**
 * Settings of target groups and load balancers, as `aws elbv2 describe-target-groups`, `describe-load-balancers`,
 * `describe-target-group-attributes` and `describe-load-balancer-attributes` print them, one answer or many.
 */
import { captureTime } from './capture-time.ts';
import type { Moment, Reading, ReadingContext, Setting } from './fact.ts';
import type { JsonPiece } from './json-stream.ts';
import { asArray, asObject, asText } from './json-value.ts';
import type { SettingValue } from './manifest-object.ts';
import { parseTime } from './moment.ts';
import { printValue, quote, reject } from './rejection.ts';
import { splitValues } from './yaml-stream.ts';

/** Attributes of a load balancer, and the names that its envelope may give it. */
const OF_BALANCER =
  /^(?:idle_timeout|client_keep_alive|access_logs|connection_logs|health_check_logs|routing|waf|ipv6|zonal_shift)\./;
const OF_EITHER = /^(?:deletion_protection|load_balancing\.cross_zone)\./;

/** Returns each setting, as of `capturedAt` or else the capture time. */
export function readAwsSettings(text: string, context: ReadingContext): Reading {
  const reading: Reading = { records: 0, facts: [], rejected: [], notes: [] };
  const capture = captureTime(context);
  const note = (text: string) => void (reading.notes.includes(text) || reading.notes.push(text));
  for (const piece of splitValues(text)) {
    const answer = asObject(piece.value);
    const said = answer?.capturedAt ?? null;
    const moment = said === null ? capture.moment : parseTime(asText(said) ?? '', context.timezoneMinutes);
    const why = piece.error ?? whyNot(answer, said, moment);
    if (why !== null || answer === null || moment === null) {
      reading.rejected.push(reject(piece.line, why ?? 'not_settings', piece.text));
      continue;
    }
    if (said === null) note(capture.note);
    readAnswer(answer, piece, { moment, reading, context, note });
  }
  return reading;
}

function whyNot(answer: Record<string, unknown> | null, said: unknown, moment: Moment | null): string | null {
  if (!answer || ![answer.TargetGroups, answer.LoadBalancers, answer.Attributes].some(Array.isArray))
    return 'not_settings';
  if (moment === null)
    return said === null ? 'no_capture_time: give --captured-at' : `bad_time: capturedAt: ${quote(said)}`;
  return null;
}

interface AnswerContext {
  moment: Moment;
  reading: Reading;
  context: ReadingContext;
  note(text: string): void;
}

function readAnswer(
  answer: Record<string, unknown>,
  piece: JsonPiece,
  { moment, reading, context, note }: AnswerContext,
): void {
  const add = (line: number, stated: readonly SettingValue[]) => {
    for (const one of stated) reading.facts.push({ kind: 'setting', line, ...moment, ...one });
    reading.records++;
  };
  for (const [list, id, scope] of [
    ['TargetGroups', 'TargetGroupArn', 'target_group'],
    ['LoadBalancers', 'LoadBalancerArn', 'load_balancer'],
  ] as const) {
    const elements = asArray(answer[list]);
    for (const [index, value] of elements.entries()) {
      const line = piece.elementLines.length === elements.length ? piece.elementLines[index]! : piece.line;
      const object = asObject(value);
      const subject = asText(object?.[id]);
      if (object === null || subject === null)
        reading.rejected.push(reject(line, `missing_arn: ${id}`, printValue(value)));
      else
        add(
          line,
          members(object, id).map(([key, value]) => ({ scope, subject, key, value })),
        );
    }
  }
  if (!Array.isArray(answer.Attributes)) return;
  const attributes: { key: string; value: string }[] = [];
  for (const attribute of answer.Attributes) {
    const object = asObject(attribute);
    const key = asText(object?.Key);
    if (key !== null && typeof object?.Value === 'string') attributes.push({ key, value: object.Value });
    else reading.rejected.push(reject(piece.line, 'bad_attribute', printValue(attribute)));
  }
  const { scope, subject } = whose(answer, attributes);
  const named = subject ?? stem(context.name);
  if (subject === null)
    note(`The attributes have no owner in the file, so the file name counts: they belong to ${quote(named)}.`);
  add(
    piece.line,
    attributes.map((attribute) => ({ scope, subject: named, ...attribute })),
  );
}

/** The envelope tells (AWS prints the attributes alone), else what the attributes are of. */
function whose(
  answer: Record<string, unknown>,
  attributes: readonly { key: string }[],
): { scope: Setting['scope']; subject: string | null } {
  const group = asText(answer.targetGroupArn) ?? asText(answer.TargetGroupArn);
  if (group !== null) return { scope: 'target_group', subject: group };
  const balancer = asText(answer.loadBalancerArn) ?? asText(answer.LoadBalancerArn);
  if (balancer !== null) return { scope: 'load_balancer', subject: balancer };
  const own = attributes.filter(({ key }) => !OF_EITHER.test(key));
  return { scope: own.some(({ key }) => OF_BALANCER.test(key)) ? 'load_balancer' : 'target_group', subject: null };
}

/** Scalars and lists of text, under their own names. */
function members(object: Record<string, unknown>, id: string): [key: string, value: string][] {
  return Object.entries(object).flatMap(([key, value]): [string, string][] => {
    if (key === id) return [];
    if (Array.isArray(value)) {
      const texts = value.filter((one) => typeof one === 'string');
      return texts.length > 0 && texts.length === value.length ? [[key, texts.join(',')]] : [];
    }
    return ['string', 'number', 'boolean'].includes(typeof value) && value !== '' ? [[key, String(value)]] : [];
  });
}

/** The name of the file without time and extensions. */
const stem = (name: string): string => name.replace(/@.*$/s, '').replace(/(?:\.(?:json|gz))+$/i, '') || name;
