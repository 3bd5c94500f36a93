/** `draintrace athena ddl`: the statements that define the logs, the lake and the views in Athena. */
import { glueForm, lakeCatalogTable, logCatalogTable, terraformForm } from '../athena/catalog-form.ts';
import { databaseStatement, icebergStatement, lakeStatement, logStatement, viewStatements } from '../athena/ddl.ts';
import { execute } from '../athena/execute.ts';
import { readDatabase, siteCondition, siteKeys } from '../athena/location.ts';
import { baseRelations } from '../athena/relation.ts';
import { icebergTables } from '../engine/iceberg-table.ts';
import { EVERYTHING, trinoMacros, viewRelations } from '../engine/relation.ts';
import { lakeTables, rawTables } from '../engine/table.ts';
import { knownViewTables } from '../store/evidence-view.ts';
import { TABLES } from '../store/table.ts';
import {
  type AthenaArguments,
  cloudwatchOf,
  lakeOf,
  locationOf,
  placeOf,
  say,
  saying,
  windowOf,
  withAthena,
} from './athena-option.ts';
import type { Effects } from './command.ts';
import { CliError, EXIT } from './error.ts';

export async function runDdl(args: AthenaArguments, effects: Effects): Promise<number> {
  const { location, lake, iceberg, database, cloudwatch } = await saying(async () => ({
    location: locationOf(args, effects),
    lake: lakeOf({ ...args, iceberg: undefined }),
    iceberg: lakeOf({ ...args, lake: undefined }),
    database: readDatabase(args.database),
    cloudwatch: await cloudwatchOf(args),
  }));
  if (location === null && lake === null && iceberg === null && cloudwatch === null) {
    throw new CliError(
      'give --bucket and --account for logs in place, --lake for an exported lake, --iceberg for tables of Iceberg, or --cloudwatch-table',
      EXIT.usage,
    );
  }
  if (args.form !== 'sql') {
    if (args.apply) throw new CliError('--apply runs SQL: leave out --form', EXIT.usage);
    if (iceberg) throw new CliError('tables of Iceberg are made by SQL alone: leave out --form', EXIT.usage);
    const tables = [
      ...(location ? rawTables().map((table) => logCatalogTable(table, location)) : []),
      ...(lake === null ? [] : (await lakeTables()).map((table) => lakeCatalogTable(table, lake))),
    ];
    const form = args.form === 'glue' ? glueForm(database, tables) : terraformForm(database, tables);
    await effects.stdout.write(`${JSON.stringify(form, null, 2)}\n`);
    await say(effects, 'tables only: the views for the console come with --apply; run with --lake needs none');
    return EXIT.ok;
  }
  const asked = windowOf(args, effects);
  const window = asked.isDefault ? EVERYTHING : asked.window;
  const macros = trinoMacros();
  const statements = [databaseStatement(database)];
  if (location) statements.push(...rawTables().map((table) => logStatement(database, table, location)));
  if (lake !== null) statements.push(...(await lakeTables()).map((table) => lakeStatement(database, table, lake)));
  const keys = location === null ? [] : siteKeys(location).map((name) => ({ name, type: 'VARCHAR', description: '' }));
  const raw = rawTables().map(({ of }) => of.name);
  const columnsOf = new Map([...TABLES, ...(await knownViewTables())].map(({ name, columns }) => [name, columns]));
  if (iceberg) statements.push(...(await icebergTables()).map((table) => icebergStatement(database, table, iceberg)));
  for (const view of [
    ...(await baseRelations(window, { location, lake: iceberg ?? lake, cloudwatch })),
    ...viewRelations(),
  ]) {
    // Of a table that places share, the views of logs name the place of a row, so that a question can choose.
    const columns = [...columnsOf.get(view.name)!, ...(raw.includes(view.name) ? keys : [])];
    statements.push(...viewStatements(database, { ...view, columns }, columnsOf, macros));
  }
  if (keys.length > 0 && siteCondition(location!) === null) {
    const [account, region] = ["account = '...'", "region = '...'"];
    await say(
      effects,
      `without --account and --region Athena answers only questions to ${raw.join(', ')}, and only with ${account} and ${region}`,
    );
  }
  if (args.apply) return apply(statements, args, effects);
  for (const statement of statements) await effects.stdout.write(`${statement};\n\n`);
  return EXIT.ok;
}

/** Runs the statements one by one, as Athena requires: first the database, which does not exist yet. */
async function apply(statements: readonly string[], args: AthenaArguments, effects: Effects): Promise<number> {
  const place = await saying(async () => placeOf(args, effects));
  return withAthena(args, effects, async (athena) => {
    for (const [i, statement] of statements.entries()) {
      await execute(athena, statement, i === 0 ? { ...place, database: null } : place, effects.signal);
      await say(effects, `${i + 1}/${statements.length} ${statement.split(/ \(?$| AS$/m, 1)[0]}`);
    }
    return EXIT.ok;
  });
}
