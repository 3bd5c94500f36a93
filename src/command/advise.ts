/** `draintrace advise`: how long pods must serve after their deletion, from the requests that were routed to them then. */
import type { Argv } from 'yargs';
import { readCatalogue } from '../query/catalogue.ts';
import type { BoundValue } from '../query/parameter.ts';
import { type AdviceRow, adviceText, type CurvePoint, patchTargetOf } from '../report/advice.ts';
import { workloadPatch } from '../report/patch.ts';
import type { Format } from '../report/rows.ts';
import { printable } from '../report/text.ts';
import { select, selectAll } from '../store/select.ts';
import { styleFor, withDatabase, writeAnswer } from './answer.ts';
import type { Command, Effects, GlobalArguments } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { inForceOf, readManifests, workloadOf } from './in-force.ts';
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
  const manifests = readManifests(args.manifest ?? [], effects.now());
  for (const note of manifests.notes) await effects.stderr.write(`${printable(note)}\n`);
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
    for (const row of rows) {
      const workload = workloadOf(row, manifests);
      row.deployment_kind ??= workload?.kind ?? null;
      row.namespace ??= workload?.namespace ?? null;
    }
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
