/** The events around one request: its own, those of its target, of the calls about the target, and of its node. */
import { endingWord, kindWord } from './kind.ts';
import { lookup } from './lookup.ts';
import type { StoryEvent } from './story.ts';

/** A row of a question: cells by column. */
export type TimelineRow = Readonly<Record<string, unknown>>;

/** The rows behind a timeline. */
export interface TimelineRows {
  /** The request, as the view routed, with the columns of its verdict if it failed. */
  request: TimelineRow;
  /** Other facts about the life of its target. */
  facts: readonly TimelineRow[];
  /** Calls that registered or deregistered its target. */
  calls: readonly TimelineRow[];
  /** Facts of its node or instance. */
  node: readonly TimelineRow[];
}

const str = (value: unknown): string | null => (value === null || value === undefined ? null : String(value));

/** Returns the event of the columns `<name>_earliest` and `<name>_latest`, if either is known. */
function event(row: TimelineRow, name: string, what: string): StoryEvent[] {
  const earliest = str(row[`${name}_earliest`]);
  const latest = str(row[`${name}_latest`]);
  return earliest === null && latest === null ? [] : [{ earliest, latest, what }];
}

const moment = (time: unknown, what: string): StoryEvent[] =>
  str(time) === null ? [] : [{ earliest: str(time), latest: str(time), what }];

/** Returns the events, in no order. */
export function timelineOf({ request, facts, calls, node }: TimelineRows): StoryEvent[] {
  return [
    ...requestEvents(request),
    ...(request.life === null || request.life === undefined ? [] : lifeEvents(request)),
    ...targetEvents(request),
    ...groupEvents(request),
    ...calls.filter((call) => !isDeregistration(call, request)).flatMap((call) => callEvent(call, request)),
    ...node.flatMap(nodeEvent),
    ...facts.flatMap((fact) => {
      const detail = [fact.reason, fact.detail].filter((part) => part != null).join(': ');
      return event(fact, 'fact', `${fact.event} ${fact.container ?? ''} ${detail}`.replace(/ +/g, ' ').trim());
    }),
  ];
}

const targetOf = ({ target_ip: ip, target_port: port }: TimelineRow): string | null =>
  ip === null || ip === undefined ? null : `${ip}:${port}`;

function requestEvents(row: TimelineRow): StoryEvent[] {
  const target = targetOf(row);
  const failed = row.mechanism === null || row.mechanism === undefined ? 'answered' : `failed (${row.mechanism})`;
  const balancer = row.ip_address == null ? '' : ` by balancer node ${row.ip_address}`;
  return [
    ...moment(row.request_creation_time, `ROUTED to ${target ?? 'no target'}${balancer}`),
    ...moment(row.time, `${failed.toUpperCase()} with ${row.elb_status_code}`).map((one) => ({
      ...one,
      follows: row.target_was === 'cut off' ? str(row.exited_earliest) : null,
    })),
    ...moment(row.answered_before, `${target} had last answered a request routed then`),
    ...moment(row.answered_after, `${target} answered the next request, routed then`),
  ];
}

function lifeEvents(row: TimelineRow): StoryEvent[] {
  const kind = str(row.target_kind);
  const pod = `${kindWord(kind)} ${row.target_name}`;
  const ending = `${endingWord(kind)} of ${pod} ${kind === 'ecs_task' ? 'began' : 'was asked for'}`;
  const why = [row.deleted_reason, row.deleted_detail].filter((part) => part != null).join(': ');
  const by = row.deleted_by == null ? '' : ` by ${row.deleted_by}`;
  return [
    ...event(row, 'created', `${pod} was created`),
    ...event(row, 'ready', `${pod} was ready`),
    ...(row.deleted_latest != null
      ? event(row, 'deleted', `${ending}${by}${kind === 'ecs_task' && why !== '' ? ` (${why})` : ''}`)
      : moment(row.seen_until, `${pod} was last seen running`)),
    ...event(row, 'first_finished', `first container of ${pod} ended`),
    ...event(row, 'finished', `last container of ${pod} ended`),
    ...event(row, 'gone', `${pod} was gone`),
  ];
}

function targetEvents(row: TimelineRow): StoryEvent[] {
  const target = targetOf(row);
  const by = row.deregistered_actor == null ? '' : ` by ${row.deregistered_actor}`;
  return [
    ...moment(row.registered_from, `${target} was registered by then`),
    ...(row.drained_latest == null ? [] : event(row, 'drained', `${target} was no longer draining`)),
    ...(row.deregistered_latest == null
      ? moment(row.deregistered_earliest, `${target} was last seen registered`)
      : event(row, 'deregistered', `${target} was deregistered${by}`)),
  ];
}

/** Events of a group that had no target: the last one left, the next one came. */
function groupEvents(row: TimelineRow): StoryEvent[] {
  const of = (target: unknown, pod: unknown): string => `${target ?? 'target'}${pod == null ? '' : ` (${pod})`}`;
  const by = row.left_by == null ? '' : ` by ${row.left_by}`;
  return [
    ...moment(row.left_at, `last target of the group, ${of(row.left_target, row.left_pod)}, was deregistered${by}`),
    ...moment(row.next_ready_at, `next target of the group, ${of(row.next_target, row.next_pod)}, was ready`),
    ...moment(row.next_at, `next target of the group, ${of(row.next_target, row.next_pod)}, was registered`),
  ];
}

/** Whether the timeline has the call already, as the deregistration of the target. */
const isDeregistration = (call: TimelineRow, request: TimelineRow): boolean =>
  call.event === 'deregistered' &&
  (call.call_latest ?? call.call_earliest) === (request.deregistered_latest ?? request.deregistered_earliest) &&
  (call.actor ?? null) === (request.deregistered_actor ?? null);

function callEvent(call: TimelineRow, request: TimelineRow): StoryEvent[] {
  const by = call.actor == null ? '' : ` by ${call.actor}`;
  const source = call.source == null ? '' : ` (${call.source})`;
  return event(call, 'call', `${targetOf(request) ?? 'the target'} was ${call.event}${by}${source}`);
}

const NODE_WORDS: Readonly<Record<string, string>> = {
  ready: 'was ready',
  unready: 'was not ready',
  going: 'began to go',
  deregistering: 'was to be taken out of its target groups',
  stopping: 'was shut down',
  gone: 'was gone',
};

function nodeEvent(fact: TimelineRow): StoryEvent[] {
  const word = lookup(NODE_WORDS, String(fact.event)) ?? String(fact.event);
  const parts = [...new Set([fact.reason, fact.detail].filter((part) => part != null))];
  const why = parts.length === 0 ? '' : ` (${parts.join(': ')})`;
  return event(fact, 'fact', `node ${fact.machine} ${word}${why}`);
}
