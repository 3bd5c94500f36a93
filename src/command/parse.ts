/** Reads the words of the command line: the verb, its flags and arguments, or the help of the verb. */
import yargs, { type Argv } from 'yargs';
import {
  COLOR_CHOICES,
  type ColorChoice,
  type Command,
  DEFAULT_DATABASE,
  type Effects,
  type GlobalArguments,
} from './command.ts';
import { complain, type Flags, refuseValues } from './complaint.ts';
import { CliError, EXIT } from './error.ts';
import { commandEnd, helpWidth, shortHelp } from './help.ts';
import { VERBS, type Verb } from './verb.ts';
import { version } from './version.ts';

/** The verb with its arguments. */
export interface Chosen {
  command: Command<never>;
  args: never;
}

/** Meaning of the words: a verb with its arguments, or a text to print (help, version). */
export interface Parsed {
  chosen: Chosen | null;
  color: ColorChoice;
  output: string;
}

/** The part of yargs that lists the flags. Its types leave it out. */
interface WithOptions {
  getOptions(): Flags;
}

/** Returns what the words mean. Throws CliError for words that mean nothing, which names the flag and shows a good example. */
export async function parse(words: readonly string[], effects: Effects): Promise<Parsed> {
  const parsed: Parsed = { chosen: null, color: 'auto', output: '' };
  let flags: Flags | null = null;
  let verb: Verb | undefined;
  let command: Command<never> | undefined;
  let complaint: string | null = null;
  let short: string | null = null;
  const parser = newParser(effects).fail((message: string | null, error: Error | undefined) => {
    complaint ??= message ?? String(error);
  });
  const width = helpWidth(effects.stdout.isTTY ? effects.stdout.columns : null);
  for (const known of VERBS) {
    parser.command({
      command: known.command,
      describe: known.describe,
      builder: async (inner: Argv) => {
        verb = known;
        command = await known.import();
        keepNoHelp(inner);
        inner.epilogue(commandEnd(command, known, width));
        command.builder(inner as Argv<GlobalArguments>);
        flags = (inner as unknown as WithOptions).getOptions();
        if (isShort(words)) short = shortHelp(known, command, flagsOf(inner, flags, known), width);
        inner.requiresArg([...flags.string, ...flags.number].filter((name) => !isArgument(known, name)));
        return inner;
      },
      handler: (args) => {
        parsed.chosen = { command: command!, args: cleaned(args) as never };
        parsed.color = args.color as ColorChoice;
      },
    });
  }
  const typed = joinNegative(words).map((word) => (word === '-' ? DASH : word));
  try {
    await parser.parseAsync(typed, {}, (_error: unknown, _argv: unknown, text: string) => {
      parsed.output = text === '' ? '' : (short ?? text);
    });
  } catch (error) {
    // yargs throws some of its complaints, and gives others to the function above.
    if (!(error instanceof Error && error.name === 'YError')) throw error;
    complaint ??= error.message;
  }
  if (complaint !== null) {
    const sentence = complain((complaint as string).replaceAll(DASH, '-'), { words, verb, command, flags });
    throw new CliError(sentence, EXIT.usage);
  }
  if (parsed.chosen && flags) refuseValues(parsed.chosen.args, flags, { words, verb, command, flags });
  return parsed;
}

/** Yargs prints the help of each command that it runs, in case that the command fails and shows it: a tenth of our start. */
function keepNoHelp(parser: Argv): void {
  const { getInternalMethods } = parser as {
    getInternalMethods?: () => { getUsageInstance(): { cacheHelpMessage(): void } };
  };
  const usage = getInternalMethods?.call(parser).getUsageInstance();
  if (usage) usage.cacheHelpMessage = () => {};
}

/** Whether the short help is asked for. */
const isShort = (words: readonly string[]): boolean => words.includes('-h') && !words.includes('--help');

/** Returns the flags of a command with their descriptions. */
function flagsOf(parser: Argv, { key, alias }: Flags, verb: Verb): Map<string, string> {
  const { getInternalMethods } = parser as {
    getInternalMethods?: () => { getUsageInstance(): { getDescriptions(): Record<string, string | undefined> } };
  };
  const descriptions = getInternalMethods?.call(parser).getUsageInstance().getDescriptions() ?? {};
  const others = new Set([...Object.values(alias).flat(), 'help', 'version']);
  return new Map(
    Object.keys(key)
      .filter((name) => !others.has(name) && !isArgument(verb, name))
      .map((name) => [name, descriptions[name] ?? '']),
  );
}

function newParser({ env }: Effects): Argv<GlobalArguments> {
  return yargs()
    .scriptName('draintrace')
    .option('db', {
      type: 'string',
      default: env.DRAINTRACE_DB || DEFAULT_DATABASE,
      defaultDescription: `DRAINTRACE_DB, else ${DEFAULT_DATABASE}`,
      requiresArg: true,
      describe: 'the database file',
    })
    .option('color', {
      type: 'string',
      choices: COLOR_CHOICES,
      default: 'auto' as const,
      requiresArg: true,
      describe: 'colours on standard output; auto obeys NO_COLOR and TERM=dumb',
    })
    .demandCommand(1, NO_COMMAND)
    .strict()
    .parserConfiguration({ 'duplicate-arguments-array': true, 'greedy-arrays': false })
    .version(version())
    .alias('help', 'h')
    .wrap(WRAP)
    .exitProcess(false) as Argv<GlobalArguments>;
}

const NO_COMMAND = 'a command is missing: draintrace --help lists them';
const WRAP = 80;

/** Whether the name is an argument of the verb and no flag: `request` of `explain [request]`. */
const isArgument = ({ command }: Verb, name: string): boolean => new RegExp(`[<[]${name}\\W`).test(command);

/** Joins `--from -2h` to `--from=-2h`: the parser would read -2h as two flags. */
function joinNegative(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (const word of words) {
    const last = joined.at(-1);
    if (/^-\d/.test(word) && last && /^--?[a-z][a-z-]*$/.test(last)) joined[joined.length - 1] = `${last}=${word}`;
    else joined.push(word);
  }
  return joined;
}

/**
 * Stands for a lone `-` while yargs reads the words, because yargs drops one that is an argument. No typed word can hold this
 * character.
 */
const DASH = '\0';

/** Restores `-`, and trims: a name copied from an answer may end in a blank or a carriage return. */
function cleaned(args: Record<string, unknown>): Record<string, unknown> {
  const clean = (value: unknown): unknown =>
    typeof value === 'string' ? (value === DASH ? '-' : value.trim()) : Array.isArray(value) ? value.map(clean) : value;
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, clean(value)]));
}
