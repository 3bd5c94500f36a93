/**
 * Late deliveries: an object may appear days after its time, in a folder that earlier runs have been through. So a run
 * looks again at the end of what earlier runs were asked for, and the ledger tells what of it is new. Pure.
 */
import { DAY, dayNumber, HOUR, type Micros } from '../../time/time.ts';

/** Rows of [from, to) that a run was asked for; from null is since ever. */
export interface AskedWindow {
  from: Micros | null;
  to: Micros;
}

/** Runs start a little late or early: windows with a smaller gap between them count as one. */
const GAP: Micros = HOUR;

/** Windows that are kept, the latest: a source that is asked for at random must not grow the record without end. */
const KEPT = 100;

/** Returns the windows and one more, in order, with those that touch merged. */
export function addWindow(windows: readonly AskedWindow[], more: AskedWindow): AskedWindow[] {
  const merged: AskedWindow[] = [];
  const start = ({ from }: AskedWindow) => from ?? Number.NEGATIVE_INFINITY;
  const all = (more.from ?? Number.NEGATIVE_INFINITY) < more.to ? [...windows, more] : [...windows];
  for (const window of all.sort((a, b) => start(a) - start(b))) {
    const last = merged.at(-1);
    if (last && start(window) - last.to <= GAP) last.to = Math.max(last.to, window.to);
    else merged.push({ ...window });
  }
  return merged.slice(-KEPT);
}

/**
 * Returns from when on objects are looked at: `from` itself, or up to `lookBack` microseconds earlier as far as earlier
 * runs were asked for what lies before it without a gap. So a first run never loads more than it is asked for.
 */
export function lookBackFrom(from: Micros, earlier: readonly AskedWindow[], lookBack: Micros): Micros {
  const before = earlier.filter(
    (window) => (window.from ?? Number.NEGATIVE_INFINITY) < from && from - window.to <= GAP,
  );
  const starts = before.map((window) => Math.max(window.from ?? Number.NEGATIVE_INFINITY, from - lookBack));
  return Math.min(from, ...starts);
}

/** Days behind the one after `to` whose folders may hold late deliveries: those of `lookBack` that have begun. */
export function lookBackDays(to: Micros | null, lookBack: Micros, now: Micros): number {
  if (to === null) return 0;
  const last = dayNumber(to - 1) + 1;
  return Math.max(0, Math.min(Math.ceil(lookBack / DAY), dayNumber(now) - last));
}
