/**
 * Pods as `kubectl describe pod` prints them. Its times are whole seconds with their zone, and often the only trace of a pod that is
 * gone. The Events below a pod have ages, which are not read.
 */
import { parseIp } from './address.ts';
import { type PodEvent, type PodFact, type Reading, UNSAID } from './fact.ts';
import { type Interval, parseTime } from './moment.ts';
import { quote, reject } from './rejection.ts';
import { timeOfLine } from './said-time.ts';

/** Lines in which the head of a pod stands, if it has many labels. */
const HEAD = 200;

/** Returns whether a pod begins in this line: other objects have no start time. */
export function isDescribedPod(lines: readonly string[], at: number): boolean {
  if (!/^Name: +\S/.test(lines[at]!)) return false;
  const end = endOfDescribed(lines, at);
  const head = lines.slice(at, Math.min(end, at + HEAD));
  return ['Namespace:', 'Start Time:', 'Status:'].every((key) => head.some((line) => line.startsWith(key)));
}

/** Returns the line behind the object that begins in this one. */
export function endOfDescribed(lines: readonly string[], start: number): number {
  let end = start + 1;
  while (end < lines.length && !/^Name: +\S/.test(lines[end]!)) end++;
  return end;
}

/** One state of a container. */
interface State {
  line: number;
  kind: string;
  members: Map<string, string>;
}

interface Container {
  name: string;
  state: State | null;
  last: State | null;
  restarts: number | null;
}

interface Described {
  head: Map<string, string>;
  containers: Container[];
  isReady: boolean;
  hasEvents: boolean;
}

function parse(lines: readonly string[], firstLine: number): Described {
  const described: Described = { head: new Map(), containers: [], isReady: false, hasEvents: false };
  let section = '';
  let state: State | null = null;
  for (const [index, line] of lines.entries()) {
    const top = /^([A-Z][\w ]*): *(.*?)\s*$/.exec(line);
    if (top) {
      section = top[1]!;
      if (!described.head.has(section)) described.head.set(section, top[2]!);
      state = null;
      continue;
    }
    if (section === 'Events' && /^ +Normal|^ +Warning/.test(line)) described.hasEvents = true;
    if (section === 'Conditions' && /^ +Ready +True\b/.test(line)) described.isReady = true;
    if (section !== 'Containers') continue;
    const name = /^ {2}(\S+):\s*$/.exec(line)?.[1];
    if (name !== undefined) described.containers.push({ name, state: null, last: null, restarts: null });
    const container = described.containers.at(-1);
    const member = /^ {4}([A-Z][\w ]*): *(.*?)\s*$/.exec(line);
    if (member && container) {
      const [, key, value] = member;
      state =
        key === 'State' || key === 'Last State' ? { line: firstLine + index, kind: value!, members: new Map() } : null;
      if (key === 'State') container.state = state;
      if (key === 'Last State') container.last = state;
      if (key === 'Restart Count') container.restarts = /^\d{1,9}$/.test(value!) ? Number(value) : null;
    }
    // Variables of the environment stand as deep, below another member.
    const inner = state && /^ {6}([A-Z][\w ]*): *(.*?)\s*$/.exec(line);
    if (inner) state!.members.set(inner[1]!, inner[2]!);
  }
  return described;
}

/** A time as Go prints it, with its zone. */
function timeIn(text: string | undefined): Interval | null {
  const said = text === undefined ? null : timeOfLine(text);
  return said === null || !/(?:Z|[+-]\d\d:?\d\d)$/.test(said) ? null : parseTime(said, 0);
}

/** Adds the facts of the pod that these lines describe. `asked` is when it was described; null where that is unknown. */
export function readDescribedPod(
  lines: readonly string[],
  firstLine: number,
  asked: Interval | null,
  reading: Reading,
): void {
  const { head, containers, isReady, hasEvents } = parse(lines, firstLine);
  const name = /^[a-z0-9][a-z0-9.-]*$/.exec(head.get('Name') ?? '')?.[0];
  const start = timeIn(head.get('Start Time'));
  if (name === undefined || start === null) {
    const why =
      name === undefined
        ? `bad_pod: Name: ${quote(head.get('Name'))}`
        : `bad_time: Start Time: ${quote(head.get('Start Time'))}`;
    reading.rejected.push(reject(firstLine, why, lines.join('\n')));
    return;
  }
  reading.records++;
  const [node, nodeIp] = (head.get('Node') ?? '').split('/');
  const ip = parseIp(head.get('IP') ?? '');
  const owner = /^([A-Z]\w*)\/(\S+)$/.exec(head.get('Controlled By') ?? '');
  const grace = /^(\d{1,9})s$/.exec(head.get('Termination Grace Period') ?? '')?.[1];
  const status = head.get('Status') ?? '';
  const isGoing = status.startsWith('Terminating');
  const say = (
    event: PodEvent,
    line: number,
    moment: { earliest: number | null; latest: number | null },
    more: Partial<PodFact> = {},
  ) =>
    reading.facts.push({
      ...{ ...UNSAID, kind: 'pod', line, event, earliest: moment.earliest, latest: moment.latest },
      ...{
        namespace: head.get('Namespace') ?? null,
        name,
        node: node === '' || node === '<none>' ? null : (node ?? null),
      },
      // On the host network it is the address of the node, and the ports are unknown.
      ip: ip === parseIp(nodeIp ?? '') ? null : ip,
      ...{ owner_kind: owner?.[1] ?? null, owner_name: owner?.[2] ?? null },
      termination_grace_period_seconds: grace === undefined ? null : Number(grace),
      ...more,
    });
  say('created', firstLine, { earliest: null, latest: start.latest });
  for (const container of containers) {
    const { state, last, restarts } = container;
    const own = { container: container.name, restart_count: restarts };
    const started = timeIn(state?.members.get('Started'));
    if (state && started && restarts === 0) say('started', state.line, started, own);
    for (const ended of [state, last]) {
      const at = ended?.kind === 'Terminated' ? timeIn(ended.members.get('Finished')) : null;
      if (!ended || !at) continue;
      const code = /^\d{1,3}$/.exec(ended.members.get('Exit Code') ?? '')?.[0];
      const isEnd = ended === state && (isGoing || /^(?:Succeeded|Failed)/.test(status));
      say(isEnd ? 'finished' : 'restarted', ended.line, at, {
        ...own,
        exit_code: code === undefined ? null : Number(code),
        reason: ended.members.get('Reason') ?? null,
      });
    }
  }
  if (isGoing && asked) say('deleted', firstLine, { earliest: null, latest: asked.latest });
  if (status === 'Running' && isReady && asked) say('seen', firstLine, asked);
  if (hasEvents)
    reading.notes.push('Events below a pod have ages, and are not read: use kubectl get events -A -o json.');
}
