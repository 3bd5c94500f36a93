/** `draintrace advise`: how long pods must serve after their deletion, from the requests that were routed to them then. */
import { readFileSync } from 'node:fs';
import type { Argv } from 'yargs';
import { type Manifests, readManifests } from '../evidence/workload-manifest.ts';
import { readCatalogue } from '../query/catalogue.ts';
import type { BoundValue } from '../query/parameter.ts';
import { type AdviceRow, adviceText, type CurvePoint, type InForce, patchTargetOf } from '../report/advice.ts';
import { workloadPatch } from '../report/patch.ts';
import type { Format } from '../report/rows.ts';
import { printable } from '../report/text.ts';
import { select, selectAll } from '../store/select.ts';
import { styleFor, withDatabase, writeAnswer } from './answer.ts';
import type { Command, Effects, GlobalArguments } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { formatOption, waitOption } from './option.ts';

interface AdviseArguments extends GlobalArguments {
  manifest: string[] | undefined;
  namespace: string | undefined;
  workload: string | undefined;
  percentile: number;
  patch: boolean;
  format: Format | undefined;
  wait: number;
}

function builder(yargs: Argv<GlobalArguments>): unknown {
  return yargs
    .option('manifest', {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'YAML of the workload and its Ingress: the settings in force',
    })
    .option('namespace', { alias: 'n', type: 'string', requiresArg: true, describe: 'only this namespace' })
    .option('workload', { type: 'string', requiresArg: true, describe: 'only this Deployment or StatefulSet' })
    .option('percentile', { type: 'number', default: 100, describe: 'which request length counts as the longest' })
    .option('patch', { type: 'boolean', default: false, describe: 'print the patches only, as YAML' })
    .option('format', { ...formatOption, describe: 'the numbers in this format; without it a text with the patch' })
    .option('wait', waitOption);
}

const sqlOf = (name: string): string => readCatalogue().find((query) => query.name === name)!.sql;

async function run(args: AdviseArguments, effects: Effects): Promise<number> {
  if (!(args.percentile > 0 && args.percentile <= 100)) {
    throw new CliError(`--percentile ${args.percentile} is not above 0 and at most 100`, EXIT.usage);
  }
  const manifests = (args.manifest ?? []).map((file) => readManifestFile(file));
  for (const { notes } of manifests) for (const note of notes) await effects.stderr.write(`${printable(note)}\n`);
  const asked: Record<string, BoundValue> = {
    namespace: { type: 'text', value: args.namespace ?? null },
    workload: { type: 'text', value: args.workload ?? null },
  };
  const parameters: Record<string, BoundValue> = { ...asked, percentile: { type: 'number', value: args.percentile } };
  return withDatabase({ ...args, readOnly: true }, effects, async (connection) => {
    if (args.format) {
      await writeAnswer(await select(connection, sqlOf('advice'), parameters), args.format, effects);
      return EXIT.ok;
    }
    const rows = (await selectAll(connection, sqlOf('advice'), parameters)) as unknown as AdviceRow[];
    if (rows.length === 0) {
      await effects.stderr.write(
        'no request was routed to a pod whose deletion is known to two seconds: load pods, Events or an audit log\n',
      );
      return EXIT.ok;
    }
    for (const row of rows) fillIn(row, manifests);
    if (args.patch) {
      const patches = rows.flatMap((row) => patchTargetOf(row) ?? []).map(workloadPatch);
      if (patches.length === 0)
        await effects.stderr.write('too little is known for any advice, so there is no patch\n');
      else await effects.stdout.write(patches.join('---\n'));
      return EXIT.ok;
    }
    const longest = { longest: { type: 'integer', value: 3600 } } as const;
    const curve = await selectAll(connection, sqlOf('advice-curve'), { ...asked, ...longest });
    const texts = rows.map((row) => {
      const points = curve.filter(
        (point) =>
          point.namespace === row.namespace &&
          point.deployment === row.deployment &&
          point.target_group_arn === row.target_group_arn,
      ) as unknown as CurvePoint[];
      return adviceText(row, points, inForceOf(row, manifests), styleFor(effects));
    });
    await effects.stdout.write(texts.join('\n'));
    return EXIT.ok;
  });
}

function readManifestFile(file: string): Manifests {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliError(`--manifest ${file} cannot be read: ${(error as Error).message}`, EXIT.source, { cause: error });
  }
  const manifests = readManifests(text);
  if (manifests.workloads.length === 0 && manifests.deregistration_delay_seconds === null) {
    const what = 'holds no Deployment, StatefulSet or DaemonSet, and no target-group-attributes';
    throw new CliError(`--manifest ${file} ${what}: give the YAML of the workload`, EXIT.usage);
  }
  return manifests;
}

const workloadOf = (row: AdviceRow, manifests: readonly Manifests[]) =>
  manifests
    .flatMap(({ workloads }) => workloads)
    .find(
      ({ name, namespace }) =>
        name === row.deployment && (namespace === null || row.namespace === null || namespace === row.namespace),
    );

/** What the manifest knows of a workload and the evidence does not. */
function fillIn(row: AdviceRow, manifests: readonly Manifests[]): void {
  const manifest = workloadOf(row, manifests);
  if (!manifest) return;
  row.deployment_kind = manifest.kind;
  row.namespace ??= manifest.namespace;
  if (manifest.containers.length === 1) row.container = manifest.containers[0]!;
}

/** The manifest's settings, else those that the pods had and that AWS told. */
function inForceOf(row: AdviceRow, manifests: readonly Manifests[]): InForce {
  const manifest = workloadOf(row, manifests);
  const delay = manifests.findLast(({ deregistration_delay_seconds }) => deregistration_delay_seconds !== null);
  return {
    // A pod whose grace is known was seen whole: no preStop that sleeps is none.
    pre_stop_seconds: manifest
      ? manifest.pre_stop_seconds
      : (row.pre_stop_seconds ?? (row.termination_grace_period_seconds === null ? null : 0)),
    termination_grace_period_seconds:
      manifest?.termination_grace_period_seconds ?? row.termination_grace_period_seconds,
    deregistration_delay_seconds: delay?.deregistration_delay_seconds ?? row.deregistration_delay_seconds,
    from: manifest ? 'as the manifest says' : 'as the youngest pod and AWS say',
  };
}

export const command: Command<AdviseArguments> = {
  command: 'advise',
  describe: 'Say how long pods must serve after their deletion, with a patch',
  examples: [
    ['draintrace advise', 'each workload that was routed to while it went'],
    ['draintrace advise --workload shop --manifest deploy.yaml', 'against the settings in a manifest'],
  ],
  cost: 'Reads all rows once and joins them with the pods; minutes for tens of millions.',
  builder,
  run,
};
