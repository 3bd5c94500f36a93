/** Finds the settings in force of a workload: from manifests, else from evidence. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Setting } from '../evidence/fact.ts';
import { readManifest } from '../evidence/manifest.ts';
import type { AdviceRow } from '../report/advice-row.ts';
import type { EffectiveSettings } from '../report/advised.ts';
import type { Micros } from '../time/time.ts';
import { CliError, EXIT } from './error.ts';

/** Settings of one workload in the manifests. */
interface Workload {
  kind: string;
  namespace: string | null;
  name: string;
  settings: Map<string, string>;
}

/** Settings in all manifests. */
export interface Manifests {
  workloads: Workload[];
  /** From an Ingress or a Service; the last one wins. */
  deregistrationDelay: number | null;
  /** Manifests that could not be read, a sentence each. */
  notes: string[];
}

const DELAY = 'deregistration_delay.timeout_seconds';

/** Reads files of manifests. Throws CliError if one cannot be read or has no settings. */
export function readManifests(files: readonly string[], now: Micros): Manifests {
  const manifests: Manifests = { workloads: [], deregistrationDelay: null, notes: [] };
  for (const file of files) {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      throw new CliError(`--manifest ${file} cannot be read: ${(error as Error).message}`, EXIT.source, {
        cause: error,
      });
    }
    const context = { capturedAt: now, modifiedAt: null, timezoneMinutes: 0, name: basename(file) };
    const { facts, rejected } = readManifest(text, context);
    for (const { line, reason } of rejected) manifests.notes.push(`--manifest ${file}:${line} is left out: ${reason}`);
    const settings = facts.filter((fact): fact is Setting => fact.kind === 'setting');
    const delay = settings.findLast(({ scope, key }) => key === DELAY && (scope === 'ingress' || scope === 'service'));
    if (delay) manifests.deregistrationDelay = secondsOf(delay.value);
    for (const one of settings.filter(({ scope }) => scope === 'workload')) add(one, manifests.workloads);
    if (!delay && !settings.some(({ scope }) => scope === 'workload')) {
      const what = 'holds no Deployment, StatefulSet or DaemonSet, and no target-group-attributes';
      throw new CliError(`--manifest ${file} ${what}: give the YAML of the workload`, EXIT.usage);
    }
  }
  return manifests;
}

function add({ subject, key, value }: Setting, workloads: Workload[]): void {
  const [kind = '', namespace = '', name = ''] = subject.split('/');
  let workload = workloads.find((one) => one.kind === kind && (one.namespace ?? '') === namespace && one.name === name);
  if (!workload) {
    workload = { kind, namespace: namespace === '' ? null : namespace, name, settings: new Map() };
    workloads.push(workload);
  }
  workload.settings.set(key, value);
}

const secondsOf = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,7}(\.\d{1,6})?$/.test(text) ? Number(text) : null;

/** Returns the workload of a row. A manifest without namespace matches any namespace. */
export const workloadOf = (row: AdviceRow, { workloads }: Manifests): Workload | undefined =>
  workloads.find(
    ({ name, namespace }) =>
      name === row.deployment && (namespace === null || row.namespace === null || namespace === row.namespace),
  );

/** Returns the settings in force for a row: the manifest's, else those seen on the pods and in AWS. */
export function effectiveSettingsOf(row: AdviceRow, manifests: Manifests): EffectiveSettings {
  const settings = workloadOf(row, manifests)?.settings;
  return {
    // A pod with a known grace period was seen completely, so a missing preStop sleep is a fact.
    pre_stop_seconds: settings
      ? secondsOf(settings.get('preStopSeconds'))
      : (row.pre_stop_seconds ?? (row.termination_grace_period_seconds === null ? null : 0)),
    termination_grace_period_seconds: settings
      ? secondsOf(settings.get('terminationGracePeriodSeconds'))
      : row.termination_grace_period_seconds,
    deregistration_delay_seconds: manifests.deregistrationDelay ?? row.deregistration_delay_seconds,
    from: settings ? 'as the manifest says' : 'as the youngest pod and AWS say',
  };
}
