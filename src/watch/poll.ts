/** Polls target health. Writes each change and the last answer before it, which bounds the time of the change. */
import type { TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import { count } from '../number/count.ts';
import { backoffMs, type Patience } from '../source/retry.ts';
import { SourceError } from '../source/source.ts';
import { formatTime, MINUTE_MS, SECOND_MS, toMillis } from '../time/time.ts';
import { type Balancer, BalancerError } from './balancer.ts';
import { RateLimit } from './rate-limit.ts';

export interface PollOptions {
  patience: Pick<Patience, 'sleep' | 'random'>;
  /** Microseconds. */
  now(): number;
  note(text: string): void;
  /** Takes the states of a group after every answer, written or not. */
  asked?(arn: string, states: ReadonlyMap<string, number>): void;
  signal: AbortSignal;
}

/** An unchanged answer is written at least this often, so a reader knows how long nothing changed. */
const HEARTBEAT_MS = MINUTE_MS;

interface Group {
  arn: string;
  dueMs: number;
  /** JSON of the last answer, and whether its line is already written. */
  answer: string | null;
  unwritten: string | null;
  writtenMs: number;
  began: boolean;
  failed: number;
}

export class Poller {
  readonly rateLimit = new RateLimit();
  /** Number of answers. */
  answers = 0;
  readonly #balancer: Balancer;
  readonly #write: (line: string) => Promise<void>;
  readonly #options: PollOptions;
  readonly #groups = new Map<string, Group>();
  #askedMs = 0;

  constructor(balancer: Balancer, write: (line: string) => Promise<void>, options: PollOptions) {
    this.#balancer = balancer;
    this.#write = write;
    this.#options = options;
  }

  /** Adds a target group. A group that is already polled stays unchanged. */
  add(arn: string): void {
    if (this.#groups.has(arn)) return;
    this.#groups.set(arn, {
      arn,
      dueMs: 0,
      answer: null,
      unwritten: null,
      writtenMs: 0,
      began: false,
      failed: 0,
    });
  }

  /** Polls until the signal is aborted. Throws SourceError if a retry cannot help. */
  async run(): Promise<void> {
    const { patience, signal } = this.#options;
    while (!signal.aborted) {
      const next = [...this.#groups.values()].reduce<Group | null>(
        (first, group) => (first === null || group.dueMs < first.dueMs ? group : first),
        null,
      );
      const earliestMs = Math.max(next?.dueMs ?? Number.POSITIVE_INFINITY, this.#askedMs + this.rateLimit.gapMs);
      const waitMs = Math.max(0, earliestMs - this.#nowMs());
      // Sleeps no longer than this, because a group may be added meanwhile.
      await patience.sleep(Math.min(waitMs, SECOND_MS), signal).catch(() => {});
      if (signal.aborted || !next || this.#nowMs() < earliestMs) continue;
      this.#askedMs = this.#nowMs();
      await this.#ask(next);
    }
    // The last answer was true until then.
    for (const group of this.#groups.values()) await this.#writeOut(group);
  }

  #nowMs(): number {
    return toMillis(this.#options.now());
  }

  async #ask(group: Group): Promise<void> {
    const { now, signal, note, patience } = this.#options;
    const askedAt = now();
    try {
      const descriptions = await this.#balancer.health(group.arn, signal);
      await this.#take(group, descriptions, askedAt, now());
      this.rateLimit.ease();
      this.answers++;
      if (group.failed > 0) note(`${group.arn}: answers again after ${count(group.failed, 'failure')}.`);
      group.failed = 0;
      group.began = true;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof BalancerError)) throw error;
      group.failed++;
      if (group.failed === 1) note(`${error.message}.`);
      if (error.remedy === 'slow_down') this.rateLimit.slow();
      if (error.remedy === 'drop') {
        await this.#writeOut(group);
        this.#groups.delete(group.arn);
      }
      // Credentials that worked before will be renewed by their provider.
      const hopeless = error.remedy === 'stop' || (error.remedy === 'drop' && this.#groups.size === 0);
      if (hopeless && !group.began) throw new SourceError(error.message, group.arn, true, { cause: error });
      group.dueMs =
        this.#nowMs() + Math.max(backoffMs(group.failed, patience.random), this.rateLimit.intervalMs(false));
    }
  }

  async #take(
    group: Group,
    descriptions: TargetHealthDescription[],
    askedAt: number,
    answeredAt: number,
  ): Promise<void> {
    // AWS returns targets in no fixed order.
    const ordered = [...descriptions].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    const answer = JSON.stringify(ordered);
    const states = new Map<string, number>();
    for (const { TargetHealth } of ordered) {
      const state = TargetHealth?.State ?? 'unknown';
      states.set(state, (states.get(state) ?? 0) + 1);
    }
    this.#options.asked?.(group.arn, states);
    const when = `"capturedAt":"${formatTime(askedAt)}","answeredAt":"${formatTime(answeredAt)}"`;
    const line = `{${when},"targetGroupArn":${JSON.stringify(group.arn)},"TargetHealthDescriptions":${answer}}\n`;
    const nowMs = this.#nowMs();
    if (answer !== group.answer) {
      await this.#writeOut(group);
      group.unwritten = line;
      await this.#writeOut(group);
    } else {
      group.unwritten = line;
      if (nowMs - group.writtenMs >= HEARTBEAT_MS) await this.#writeOut(group);
    }
    group.answer = answer;
    const moving = [...states.keys()].some((state) => state === 'initial' || state === 'draining');
    group.dueMs = nowMs + this.rateLimit.intervalMs(moving);
  }

  async #writeOut(group: Group): Promise<void> {
    if (group.unwritten === null) return;
    const line = group.unwritten;
    group.unwritten = null;
    group.writtenMs = this.#nowMs();
    await this.#write(line);
  }
}

const nameOf = ({ Target }: TargetHealthDescription): string => `${Target?.Id} ${Target?.Port}`;
