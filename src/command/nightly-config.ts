/** Reads the configuration of `nightly`: a YAML or JSON file, then the environment, then flags; later values win. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { CAUSES } from '../query/word.ts';
import { DEFAULT_DATABASE } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { NOTIFY_WHEN } from './notify-option.ts';
import { parseRetention, RETENTION_HINT } from './option.ts';

const span = z.string().regex(/^\d+[mhd]$/, 'is not a time span: write it as 12h or 2d');
const limit = z.number().int().nonnegative();

const SCHEMA = z.strictObject({
  db: z.string().min(1).default(DEFAULT_DATABASE).describe('the database file'),
  sources: z.array(z.string().min(1)).min(1).describe('where access logs are, as for load'),
  evidence: z.array(z.string().min(1)).default([]).describe('where evidence is, as for load'),
  account: z.array(z.string()).default([]).describe('only these AWS accounts'),
  region: z.array(z.string()).default([]).describe('only logs of these regions'),
  lb: z.array(z.string()).default([]).describe('only these load balancers'),
  endpointUrl: z.string().optional().describe('another S3 than that of AWS'),
  profile: z.string().optional().describe('profile of the AWS configuration'),
  timezone: z.string().default('Z').describe('offset of times in evidence that do not state one'),
  selector: z.string().optional().describe('labels of the series requested from Prometheus'),
  keep: z.enum(['all', 'failures']).default('failures').describe('all rows, or those that verdicts need'),
  lookBack: span.default('2d').describe('how far back late deliveries are searched'),
  catchUp: z.number().int().min(1).max(31).default(7).describe('largest number of missed nights to make up for'),
  retention: z
    .string()
    .refine((text) => parseRetention(text) !== null, RETENTION_HINT)
    .default('30d')
    .describe('rows older than this are removed'),
  memory: z.string().default('400MB').describe("DuckDB's memory limit"),
  report: z.string().optional().describe('page of each day; {day} in it is the day'),
  summary: z.string().optional().describe('Markdown that fits a chat message; {day} is the day'),
  json: z.string().optional().describe('summary for machines; {day} is the day'),
  metrics: z.string().optional().describe("OpenMetrics text for node_exporter's textfile collector"),
  limits: z
    .partialRecord(z.enum([...CAUSES, 'unsettled', 'failures'] as const), limit)
    .default({})
    .describe('limit of failures of each cause on a day; more give exit code 1'),
  notify: z
    .array(z.string().min(1))
    .default([])
    .describe('whom to tell, as slack:env:SLACK_URL, teams:file:PATH, webhook:, openmetrics: or sns:ARN'),
  notifyWhen: z.enum(NOTIFY_WHEN).default('news').describe('tell of days that found or missed something, or of each'),
  logFormat: z.enum(['text', 'json']).default('text').describe('one fact a line, as text or JSON'),
});

export type NightlyConfig = z.infer<typeof SCHEMA>;
export type ConfigKey = keyof NightlyConfig;

export const CONFIG_KEYS = Object.keys(SCHEMA.shape) as ConfigKey[];
export const describeKey = (key: ConfigKey): string => SCHEMA.shape[key].description ?? '';

/** Converts `lookBack` to `look-back`, the flag; the environment variable is DRAINTRACE_LOOK_BACK. */
export const flagOf = (key: ConfigKey): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
export const variableOf = (key: ConfigKey): string => `DRAINTRACE_${flagOf(key).replaceAll('-', '_').toUpperCase()}`;

const LISTS: ReadonlySet<ConfigKey> = new Set(['sources', 'evidence', 'account', 'region', 'lb', 'notify']);

/** Returns whether a flag may be repeated. */
export const isListKey = (key: ConfigKey): boolean => LISTS.has(key);

/** Returns the text of each flag but --db. A list may be given in several flags. */
export function givenFlags(args: Readonly<Record<string, unknown>>): Partial<Record<ConfigKey, string>> {
  const flags: Partial<Record<ConfigKey, string>> = {};
  for (const key of CONFIG_KEYS) {
    const value = args[flagOf(key)];
    if (key === 'db' || value === undefined) continue;
    flags[key] = Array.isArray(value) ? value.join(',') : String(value);
  }
  return flags;
}

/** Parses a typed value: lists are comma lists, limits are `cause=number`. */
function typed(key: ConfigKey, text: string): unknown {
  const words = () => text.split(',').filter((word) => word !== '');
  if (LISTS.has(key)) return words();
  if (key === 'catchUp') return Number(text);
  if (key === 'limits') {
    return Object.fromEntries(words().map((word) => [word.split('=')[0], Number(word.split('=')[1])]));
  }
  return text;
}

function readFile(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(`--config ${path} cannot be read (${code}): check the path`, EXIT.usage, { cause: error });
  }
  try {
    // JSON is YAML. Aliases are refused: they are not needed, and could expand without end.
    const value: unknown = parse(text, { maxAliasCount: 0 });
    if (value === null || value === undefined) return {};
    if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
    throw new Error('it holds no keys');
  } catch (error) {
    const sentence = (error as Error).message.split('\n')[0]!.replace(/:$/, '');
    throw new CliError(`--config ${path} is neither YAML nor JSON: ${sentence}`, EXIT.usage, { cause: error });
  }
}

/**
 * Returns the configuration. `flags` has the text of each given flag. Throws CliError that names the key, the origin of its
 * value, and the error.
 */
export function readConfig(
  path: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Partial<Record<ConfigKey, string>>>,
): NightlyConfig {
  const from = new Map<string, string>();
  const merged: Record<string, unknown> = path === undefined ? {} : readFile(path);
  for (const key of Object.keys(merged)) from.set(key, `${path}: ${key}`);
  for (const key of CONFIG_KEYS) {
    const [variable, flag] = [env[variableOf(key)], flags[key]];
    if (variable !== undefined && variable !== '') {
      merged[key] = typed(key, variable);
      from.set(key, variableOf(key));
    }
    if (flag !== undefined) {
      merged[key] = typed(key, flag);
      from.set(key, `--${flagOf(key)}`);
    }
  }
  const checked = SCHEMA.safeParse(merged);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues as [z.core.$ZodIssue];
  if (issue.code === 'unrecognized_keys') {
    const [key] = issue.keys as [string];
    throw new CliError(`${from.get(key) ?? key} is no key: use ${CONFIG_KEYS.join(', ')}`, EXIT.usage);
  }
  const [top, ...inner] = issue.path.map(String);
  const place = [from.get(top ?? '') ?? top ?? 'the configuration', ...inner].join('.');
  const missing = issue.code === 'invalid_type' && merged[top ?? ''] === undefined;
  const how = `: give it in the file, as --${flagOf(top as ConfigKey)} or as ${variableOf(top as ConfigKey)}`;
  throw new CliError(`${place} ${missing ? `is missing${how}` : sentenceOf(issue.message)}`, EXIT.usage);
}

const sentenceOf = (message: string): string =>
  message.startsWith('is ') ? message : `is wrong: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
