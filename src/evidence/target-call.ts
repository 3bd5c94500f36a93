/**
 * Registrations and deregistrations that a log shows as the begin and the end of a call: the change lies between them.
 * Targets are followed one by one, because the end of a call need not name them.
 */
import type { Moment, TargetChange } from './fact.ts';
import type { TargetId } from './target-id.ts';

export type Target = TargetId & { port: number | null };

/** One line that begins or ends a call. */
export interface CallLine {
  line: number;
  event: TargetChange['event'];
  phase: 'begin' | 'end';
  target_group_arn: string;
  /** Of an end: null when it names none, and so ends all that was begun for the group. */
  targets: readonly Target[] | null;
  moment: Moment;
  actor: string | null;
}

export class TargetCalls {
  /** Begun and not ended, by group and target. */
  readonly #open = new Map<string, Map<string, { target: Target; change: TargetChange }>>();
  readonly facts: TargetChange[] = [];
  /** Targets whose call was begun and not seen to end. */
  unended = 0;

  /** Takes the next line in the order of time. */
  next(call: CallLine): void {
    const open = this.#open.get(call.target_group_arn) ?? new Map<string, { target: Target; change: TargetChange }>();
    this.#open.set(call.target_group_arn, open);
    if (call.phase === 'begin') this.#begin(call, open);
    else this.#end(call, open);
  }

  #begin(call: CallLine, open: Map<string, { target: Target; change: TargetChange }>): void {
    for (const target of call.targets ?? []) {
      const before = open.get(keyOf(target))?.change;
      // A call that is tried again may have been carried out the first time.
      if (before?.event === call.event) continue;
      // The opposite call came before this one.
      if (before) this.#settle(before, call.moment.latest);
      open.set(keyOf(target), { target, change: changeOf(call, target, call.moment.earliest, null) });
    }
  }

  #end(call: CallLine, open: Map<string, { target: Target; change: TargetChange }>): void {
    const targets = call.targets ?? [...open.values()].map(({ target }) => target);
    for (const target of targets) {
      const key = keyOf(target);
      const begun = open.get(key)?.change;
      if (begun?.event === call.event) {
        open.delete(key);
        this.#settle(begun, call.moment.latest);
      } else if (call.targets !== null) {
        this.facts.push(changeOf(call, target, null, call.moment.latest));
      }
    }
  }

  #settle(begun: TargetChange, latest: number | null): void {
    const { earliest } = begun;
    // Clocks are set back: then the later time says nothing of the earlier one.
    this.facts.push({ ...begun, latest: earliest !== null && latest !== null && latest < earliest ? null : latest });
  }

  /** The call that began last has no known end. */
  finish(): void {
    for (const open of this.#open.values()) {
      for (const { change } of open.values()) {
        this.facts.push(change);
        this.unended++;
      }
    }
    this.#open.clear();
  }
}

const keyOf = ({ ip, instance_id, port }: Target): string => `${ip ?? instance_id} ${port ?? ''}`;

function changeOf(call: CallLine, target: Target, earliest: number | null, latest: number | null): TargetChange {
  return {
    kind: 'target_change',
    line: call.line,
    event: call.event,
    earliest,
    latest,
    target_group_arn: call.target_group_arn,
    target_ip: target.ip,
    target_port: target.port,
    instance_id: target.instance_id,
    actor: call.actor,
    event_id: null,
  };
}
