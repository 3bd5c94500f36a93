/** `draintrace report`: an incident as one file to look at, or as text for a terminal. */
import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Argv } from 'yargs';
import { catalogueQuery } from '../query/catalogue.ts';
import { defaultValues } from '../query/parameter.ts';
import { briefMarkdown } from '../report/answer.ts';
import type { Incident } from '../report/incident.ts';
import { incidentHtml } from '../report/incident-html.ts';
import { incidentMarkdown } from '../report/incident-markdown.ts';
import { incidentPerfetto } from '../report/incident-perfetto.ts';
import { incidentText } from '../report/incident-text.ts';
import { safeJson } from '../report/text.ts';
import { isKept, keepViews } from '../store/materialised-view.ts';
import { selectAll } from '../store/select.ts';
import { fromMillis, MINUTE, SECOND } from '../time/time.ts';
import { UTC, type Zone } from '../time/zone.ts';
import { type Brief, readBrief, withCoverage } from './brief.ts';
import type { Command, Effects, GlobalArguments } from './command.ts';
import { COVERAGE_CODE } from './coverage.ts';
import { CliError, EXIT } from './error.ts';
import { withDatabase } from './open.ts';
import {
  fromOption,
  reversedWindow,
  timeOption,
  toOption,
  unknownWord,
  waitOption,
  type ZoneArguments,
  zoneOption,
  zoneOptions,
} from './option.ts';
import { styleFor } from './output.ts';
import { publish } from './publish.ts';
import { readIncident } from './read-incident.ts';
import { version } from './version.ts';

const FORMATS = ['html', 'markdown', 'json', 'text', 'perfetto'] as const;
type ReportFormat = (typeof FORMATS)[number];

interface ReportArguments extends GlobalArguments, ZoneArguments {
  from: string | undefined;
  to: string | undefined;
  rollout: string | undefined;
  out: string | undefined;
  format: ReportFormat | undefined;
  brief: boolean;
  wait: number;
}

const EXTENSIONS: Readonly<Record<string, ReportFormat>> = {
  '.html': 'html',
  '.htm': 'html',
  '.md': 'markdown',
  '.json': 'json',
  '.txt': 'text',
};

function builder(yargs: Argv<GlobalArguments>): unknown {
  return yargs
    .option('from', fromOption)
    .option('to', toOption)
    .option('rollout', {
      type: 'string',
      requiresArg: true,
      describe: 'the failures of one rollout, by its name in draintrace query failures-per-rollout',
    })
    .option('out', { type: 'string', alias: 'o', describe: 'file to write; its extension sets the format' })
    .option('format', {
      choices: FORMATS,
      describe: 'html, markdown, json, text, or perfetto: a trace for ui.perfetto.dev; text where there is no file',
    })
    .option('brief', {
      type: 'boolean',
      default: false,
      describe: 'only the answer in three lines: what failed, why, and what to do; not for html',
    })
    .options(zoneOptions)
    .option('wait', waitOption);
}

function formatOf({ format, out }: ReportArguments): ReportFormat {
  if (format) return format;
  if (out === undefined) return 'text';
  const known = EXTENSIONS[extname(out).toLowerCase()];
  if (!known) {
    const names = Object.keys(EXTENSIONS).join(', ');
    throw new CliError(`--out ${out} does not say its format: end it in one of ${names}, or give --format`, EXIT.usage);
  }
  return known;
}

async function run(args: ReportArguments, effects: Effects): Promise<number> {
  const zone = zoneOption(args, effects.env);
  const from = timeOption(args.from, 'from', effects.now(), zone);
  const to = timeOption(args.to, 'to', effects.now(), zone);
  if (from !== null && to !== null && from >= to) throw reversedWindow(args);
  const format = formatOf(args);
  if (args.rollout !== undefined && (from !== null || to !== null)) {
    throw new CliError('--rollout has a window of its own: leave --from and --to out', EXIT.usage);
  }
  if (args.brief && (format === 'html' || format === 'perfetto')) {
    throw new CliError(
      `--brief has no ${format === 'html' ? 'page' : 'trace'}: give --format text, json or markdown`,
      EXIT.usage,
    );
  }
  const { text, empty } = await withDatabase(
    {
      ...args,
      readOnly: true,
      needs: args.brief ? ['verdict', 'rollout_failure'] : ['rollouts', 'late_request', 'target_life', 'node_loss'],
    },
    effects,
    async (connection) => {
      const window = args.rollout === undefined ? { from, to } : await windowOf(args.rollout, connection);
      const zoneOfText = format === 'text' ? zone : UTC;
      if (args.brief) {
        if (!isKept(connection, 'verdict')) await keepViews(connection, ['concluded', 'verdict']);
        const brief = await readBrief(connection, window, zoneOfText);
        return { text: printBrief(brief, format), empty: brief.answer.failures === 0 ? brief : null };
      }
      const isWhole = format === 'json' || format === 'perfetto';
      const incident = await readIncident(connection, window, { zone: zoneOfText, isWhole });
      const empty = incident.failures === 0 ? await readBrief(connection, window, zoneOfText) : null;
      const isShort = format === 'text' && (empty?.loaded === 'none' || incident.advice.length === 0);
      const shown = empty ? withCoverage(incident, empty) : incident;
      return { text: empty && isShort ? empty.text : print(shown, format, zone, effects), empty };
    },
  );
  const isShown = args.out === undefined || args.out === '-';
  if (isShown) for (const part of typeof text === 'string' ? [text] : text) await effects.stdout.write(part);
  else await publish(args.out!, text);
  if (empty === null) return EXIT.ok;
  if (!isShown || format !== 'text') await effects.stderr.write(empty.text);
  return COVERAGE_CODE[empty.loaded];
}

/** Prints the answer in three lines. A page has no short form. */
function printBrief({ answer, text }: Brief, format: ReportFormat): string {
  return format === 'json' ? `${safeJson(answer)}\n` : format === 'markdown' ? briefMarkdown(answer) : text;
}

/** Requests of a rollout may fail this long after its last pod was deleted, in microseconds. */
const AFTERMATH = 300_000_000;

async function windowOf(rollout: string, connection: DuckDBConnection): Promise<{ from: number; to: number }> {
  const query = catalogueQuery('failures-per-rollout');
  const rows = await selectAll(connection, query.sql, defaultValues(query.parameters));
  const row = rows.find((known) => known.rollout === rollout);
  if (!row) {
    throw unknownWord(
      `there is no rollout ${rollout}`,
      rollout,
      rows.map((known) => String(known.rollout)).slice(0, 10),
    );
  }
  const from = fromMillis(Date.parse(String(row.started_at)));
  return { from: from - MINUTE, to: from + Number(row.duration_seconds ?? 0) * SECOND + AFTERMATH };
}

function print(incident: Incident, format: ReportFormat, zone: Zone, effects: Effects): string | Iterable<string> {
  switch (format) {
    case 'html':
      return pageOf(incident);
    case 'markdown':
      return incidentMarkdown(incident);
    case 'perfetto':
      return incidentPerfetto(incident);
    case 'json':
      return `${safeJson(incident)}\n`;
    case 'text': {
      const { isTTY, columns } = effects.stdout;
      return incidentText(incident, {
        width: isTTY ? columns : 80,
        unicode: isUnicode(effects),
        style: styleFor(effects),
        zone,
      });
    }
  }
}

/** Returns the page of an incident. */
export const pageOf = (incident: Incident): string =>
  incidentHtml(incident, version(), (text) => createHash('sha256').update(text).digest('base64'));

/** Returns whether the terminal can be trusted to show block characters. */
function isUnicode({ stdout, env }: Effects): boolean {
  return stdout.isTTY && /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '');
}

export const command: Command<ReportArguments> = {
  command: 'report',
  describe: 'Write the incident as one HTML page, or as text',
  examples: [
    ['draintrace report --from -2h --out incident.html', 'a page that needs no network, for the post-mortem'],
    ['draintrace report --brief --format markdown', 'three lines for a chat'],
  ],
  cost: 'As draintrace trace, and one scan of all rows for the requests per second of the targets that failed.',
  builder,
  run,
};
