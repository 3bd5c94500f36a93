/** Computes the advised settings from the needed ones and those in force. Pure. */
import type { AdviceRow } from './advice-row.ts';
import type { PatchTarget } from './patch.ts';
import { THRESHOLD } from './threshold.ts';

/** Settings in force; null for an unknown setting. */
export interface EffectiveSettings {
  pre_stop_seconds: number | null;
  termination_grace_period_seconds: number | null;
  deregistration_delay_seconds: number | null;
  /** Origin of the settings, a noun phrase. */
  from: string;
}

/** Returns whether a late deregistration caused the longest late routing. */
export const isControllerLate = (row: AdviceRow): boolean =>
  row.late_deregistered_pods > 0 && row.controller_seconds > THRESHOLD.usual_deregistration_seconds;

/** Returns the advised settings of a row, null without advice. Lowers no setting in force without `allowLower`. */
export function adviseFor(row: AdviceRow, inForce: EffectiveSettings, allowLower: boolean): PatchTarget | null {
  const { needed_pre_stop_seconds: sleep, needed_finish_seconds: finish } = row;
  if (sleep === null || finish === null) return null;
  const atLeast = (needed: number, now: number) => (allowLower ? needed : Math.ceil(Math.max(needed, now)));
  const preStop = atLeast(sleep, inForce.pre_stop_seconds ?? 0);
  const delay = row.needed_deregistration_delay_seconds;
  return {
    kind: row.deployment_kind,
    namespace: row.namespace,
    name: row.deployment,
    container: row.container,
    pre_stop_seconds: preStop,
    termination_grace_period_seconds: atLeast(
      preStop + finish + THRESHOLD.grace_margin_seconds,
      inForce.termination_grace_period_seconds ?? THRESHOLD.default_grace_seconds,
    ),
    deregistration_delay_seconds: delayFor(delay, inForce.deregistration_delay_seconds, allowLower),
  };
}

/** An unknown delay may exceed the needed one, so it is not changed. */
function delayFor(needed: number | null, now: number | null, allowLower: boolean): number | null {
  if (needed === null || allowLower) return needed;
  return now === null ? null : Math.ceil(Math.max(needed, now));
}

const NAMES = {
  pre_stop_seconds: 'preStop',
  termination_grace_period_seconds: 'terminationGracePeriodSeconds',
  deregistration_delay_seconds: 'deregistration delay',
} as const;
type SettingName = keyof typeof NAMES;
const SETTINGS = Object.keys(NAMES) as SettingName[];

/** Returns whether the patch (sleep and grace) would change anything. */
export const changesPods = (target: PatchTarget, inForce: EffectiveSettings): boolean =>
  target.pre_stop_seconds !== inForce.pre_stop_seconds ||
  target.termination_grace_period_seconds !== inForce.termination_grace_period_seconds;

/** Returns `preStop from 45 s to 12 s` for each lowered setting. */
export function loweredBy(target: PatchTarget, inForce: EffectiveSettings): string[] {
  return SETTINGS.flatMap((name) => {
    const [now, then] = [inForce[name], target[name]];
    return now !== null && then !== null && then < now ? [`${NAMES[name]} from ${now} s to ${then} s`] : [];
  });
}

/** Returns `preStop 45 s (12 s would do)` for each setting that is kept although it is higher than needed. */
export function keptAbove(row: AdviceRow, target: PatchTarget, inForce: EffectiveSettings): string[] {
  const needed: Record<SettingName, number | null> = {
    pre_stop_seconds: row.needed_pre_stop_seconds,
    termination_grace_period_seconds:
      row.needed_finish_seconds === null
        ? null
        : target.pre_stop_seconds + row.needed_finish_seconds + THRESHOLD.grace_margin_seconds,
    deregistration_delay_seconds: row.needed_deregistration_delay_seconds,
  };
  return SETTINGS.flatMap((name) => {
    const [now, need] = [inForce[name], needed[name]];
    return now !== null && need !== null && target[name] === now && need < now
      ? [`${NAMES[name]} ${now} s (${need} s would do)`]
      : [];
  });
}
