/** `draintrace advise`: how long pods must serve after their deletion, from the requests routed to them in that time. */
import type { Argv } from 'yargs';
import { catalogueQuery } from '../query/catalogue.ts';
import type { BoundValue } from '../query/parameter.ts';
import { adviceText, type CurvePoint } from '../report/advice.ts';
import type { AdviceRow } from '../report/advice-row.ts';
import { adviseFor, changesPods, loweredBy } from '../report/advised.ts';
import { ecsAdviceText, ecsCommands, isEcs } from '../report/ecs-advice.ts';
import { workloadPatch } from '../report/patch.ts';
import type { Format } from '../report/rows.ts';
import { printable } from '../report/text.ts';
import { isKept, keepViews } from '../store/materialised-view.ts';
import { select, selectAll } from '../store/select.ts';
import { HOUR_SECONDS } from '../time/time.ts';
import { hintsOf, nothingSentence, readGap } from './advice-gap.ts';
import { knownSubject, namedSubject } from './advise-subject.ts';
import type { Command, Effects, GlobalArguments } from './command.ts';
import { ecsEffectiveSettingsOf, readEcsSettings } from './ecs-effective-setting.ts';
import { effectiveSettingsOf, readManifests, workloadOf } from './effective-setting.ts';
import { CliError, EXIT } from './error.ts';
import { instanceAdvice } from './instance-advice.ts';
import { keepAliveText } from './keep-alive.ts';
import { withDatabase } from './open.ts';
import { formatOption, type RowArguments, rowFormat, rowOptions, waitOption } from './option.ts';
import { pickColumns, styleFor, writeRowStream } from './output.ts';

interface AdviseArguments extends GlobalArguments, RowArguments {
  manifest: string[] | undefined;
  namespace: string | undefined;
  workload: string | undefined;
  percentile: number;
  allowLower: boolean;
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
    .option('allow-lower', {
      type: 'boolean',
      default: false,
      describe: 'also advise values below the present settings, if less is enough',
    })
    .option('patch', {
      type: 'boolean',
      default: false,
      describe: 'print the patches only, as YAML; of services of ECS the commands',
    })
    .option('format', { ...formatOption, describe: 'the numbers in this format; without it a text with the patch' })
    .options(rowOptions)
    .option('wait', waitOption);
}

const sqlOf = (name: string): string => catalogueQuery(name).sql;

async function run(typed: AdviseArguments, effects: Effects): Promise<number> {
  const args = { ...typed, ...namedSubject(typed) };
  if (!(args.percentile > 0 && args.percentile <= 100)) {
    throw new CliError(
      `--percentile ${args.percentile} is not above 0 and at most 100: write it as --percentile 99`,
      EXIT.usage,
    );
  }
  const format = rowFormat(args);
  const manifests = readManifests(args.manifest ?? [], effects.now());
  for (const note of manifests.notes) await effects.stderr.write(`${printable(note)}\n`);
  return withDatabase({ ...args, readOnly: true, needs: ['late_request'] }, effects, async (connection) => {
    const { namespace, workload } = await knownSubject(connection, args);
    const asked: Record<string, BoundValue> = {
      namespace: { type: 'text', value: namespace ?? null },
      workload: { type: 'text', value: workload ?? null },
    };
    const parameters: Record<string, BoundValue> = {
      ...asked,
      percentile: { type: 'number', value: args.percentile },
      allow_lower: { type: 'boolean', value: args.allowLower },
    };
    if (format) {
      const numbers = await select(connection, sqlOf('advice'), parameters);
      await writeRowStream(pickColumns(numbers, args.columns), format, effects);
      return EXIT.ok;
    }
    // Several queries read the failures, their numbers and the late requests.
    if (!isKept(connection, 'affected_request')) await keepViews(connection, ['concluded', 'late_request']);
    const rows = (await selectAll(connection, sqlOf('advice'), parameters)) as unknown as AdviceRow[];
    const gap = await readGap(connection);
    const machines = args.patch ? '' : await instanceAdvice(connection, asked, styleFor(effects));
    if (rows.length === 0) {
      if (machines === '') await effects.stderr.write(`${nothingSentence(gap)}\n`);
      await effects.stdout.write(machines);
      if (!args.patch) await effects.stdout.write(await keepAliveText(connection));
      return EXIT.ok;
    }
    for (const row of rows) {
      const workload = workloadOf(row, manifests);
      row.deployment_kind ??= workload?.kind ?? null;
      row.namespace ??= workload?.namespace ?? null;
    }
    if (args.patch) {
      const services = rows.filter(isEcs);
      const settings = await readEcsSettings(connection);
      const commands = services.flatMap((row) =>
        ecsCommands(row, ecsEffectiveSettingsOf(row, settings), args.allowLower),
      );
      // YAML that kubectl takes is printed unchanged.
      const isMixed = services.length < rows.length;
      await effects.stdout.write(commands.map((text) => `${isMixed ? '# ' : ''}${text}\n`).join(''));
      if (services.length > 0 && commands.length === 0)
        await effects.stderr.write('the loaded data advises no change of ECS services, so there are no commands\n');
      const targets = rows
        .filter((row) => !isEcs(row))
        .flatMap((row) => {
          const inForce = effectiveSettingsOf(row, manifests);
          const target = adviseFor(row, inForce, args.allowLower);
          return target === null ? [] : [{ target, inForce }];
        });
      const patches = targets.filter(({ target, inForce }) => changesPods(target, inForce));
      for (const { target, inForce } of patches) {
        for (const lowered of loweredBy(target, inForce))
          await effects.stderr.write(`${printable(target.name)}: LOWERED ${lowered}\n`);
      }
      if (targets.length === 0 && services.length < rows.length)
        await effects.stderr.write('the loaded data is too little for advice, so there is no patch\n');
      else if (patches.length === 0 && targets.length > 0)
        await effects.stderr.write('the present settings suffice, so there is no patch\n');
      else if (patches.length > 0)
        await effects.stdout.write(patches.map(({ target }) => workloadPatch(target)).join('---\n'));
      return EXIT.ok;
    }
    const longest = { longest: { type: 'integer', value: HOUR_SECONDS } } as const;
    const curve = await selectAll(connection, sqlOf('advice-curve'), { ...asked, ...longest });
    const settings = await readEcsSettings(connection);
    const texts = rows.map((row) => {
      if (isEcs(row)) {
        const inForce = ecsEffectiveSettingsOf(row, settings);
        const hints = hintsOf(row, inForce, gap);
        return ecsAdviceText(row, inForce, { allowLower: args.allowLower, hints, strong: styleFor(effects).strong });
      }
      const points = curve.filter(
        (point) =>
          point.namespace === row.namespace &&
          point.deployment === row.deployment &&
          point.target_group_arn === row.target_group_arn,
      ) as unknown as CurvePoint[];
      const inForce = effectiveSettingsOf(row, manifests);
      return adviceText(row, points, {
        inForce,
        allowLower: args.allowLower,
        hints: hintsOf(row, inForce, gap),
        style: styleFor(effects),
      });
    });
    await effects.stdout.write([...texts, ...(machines === '' ? [] : [machines])].join('\n'));
    await effects.stdout.write(await keepAliveText(connection));
    return EXIT.ok;
  });
}

export const command: Command<AdviseArguments> = {
  command: 'advise',
  describe: 'Compute how long targets must serve after their deletion, with a patch',
  examples: [
    ['draintrace advise', 'each workload with requests to its terminating pods'],
    ['draintrace advise --workload shop --manifest deploy.yaml', 'against the settings in a manifest'],
  ],
  cost: 'Reads all rows once and joins them with the lives of targets; minutes for tens of millions.',
  builder,
  run,
};
