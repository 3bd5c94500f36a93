/** Turns the words of the command line into an exit code: the parser, the verb, and the one catch. */
import { existsSync } from 'node:fs';
import yargs, { type Argv } from 'yargs';
import { nearest } from '../query/parameter.ts';
import { printable } from '../report/text.ts';
import { explainFile, SqlError, StoreError } from '../store/error.ts';
import type { Command, Effects, GlobalArguments } from './command.ts';
import { CliError, EXIT, tooManyFiles } from './error.ts';
import { DEFAULT_DATABASE } from './option.ts';
import { RedactedOutput } from './redacted-output.ts';
import { VERBS, type Verb } from './verb.ts';
import { version } from './version.ts';

/** Runs `draintrace` with these words (without the program's name) and returns the exit code. Never throws. */
export async function main(words: readonly string[], world: Effects): Promise<number> {
  const effects = { ...world, stderr: new RedactedOutput(world.stderr) };
  try {
    return await parseAndRun(words, effects);
  } catch (caught) {
    const error = tooLarge(caught) ?? (caught instanceof CliError ? caught : (tooManyFiles(caught) ?? caught));
    if (effects.signal.aborted) {
      await effects.stderr.write('draintrace: interrupted\n');
      return EXIT.interrupted;
    }
    const code = error instanceof CliError ? error.exitCode : error instanceof StoreError ? EXIT.database : EXIT.bug;
    await effects.stderr.write(
      code === EXIT.bug
        ? `draintrace: this is a bug in draintrace, please report it\n${stackOf(error)}\n`
        : `draintrace: ${printable((error as Error).message)}\n`,
    );
    return code;
  }
}

/** A query for which the engine lacks memory: neither a bug nor a damaged database. */
function tooLarge(error: unknown): CliError | null {
  if (!(error instanceof SqlError) || !error.message.startsWith('Out of Memory Error')) return null;
  const how = 'ask for a shorter window, or allow more (`memory` of nightly; else the memory of the machine)';
  return new CliError(`too little memory for this question: ${how}`, EXIT.database, { cause: error });
}

/** A damaged or malicious file is no bug of this program, so its errors are reported as errors of the database. */
async function runChosen({ command, args }: Chosen, effects: Effects): Promise<number> {
  try {
    return await command.run(args, effects);
  } catch (error) {
    throw explainFile((args as GlobalArguments).db, error) ?? error;
  }
}

const stackOf = (error: unknown): string =>
  (error instanceof Error ? (error.stack ?? error.message) : String(error)).split('\n').map(printable).join('\n');

interface Chosen {
  command: Command<never>;
  args: never;
}

async function parseAndRun(words: readonly string[], effects: Effects): Promise<number> {
  if (words.length === 0) return sayWhatNext(effects);
  const parsed = await parse(joinNegative(words), effects);
  if (parsed.complaint !== null) {
    const verb = words.find((word) => VERBS.some(({ command }) => command.split(' ')[0] === word));
    const help = await parse(verb ? [verb, '--help'] : ['--help'], effects);
    throw new CliError(oneSentence(parsed.complaint, words, verb, help.output), EXIT.usage);
  }
  if (parsed.output !== '') await effects.stdout.write(`${parsed.output}\n`);
  else if (parsed.chosen) return runChosen(parsed.chosen, effects);
  return EXIT.ok;
}

/** Output of `draintrace` alone: the next command to type, which depends on whether anything is loaded. */
async function sayWhatNext({ env, stdout }: Effects): Promise<number> {
  const db = env.DRAINTRACE_DB || DEFAULT_DATABASE;
  const next: [command: string, does: string][] = existsSync(db)
    ? [
        ['trace', 'the cause of each failure, and the target'],
        ['report --out incident.html', 'the incident as one page'],
        ['queries', 'the list of questions'],
      ]
    : [
        ['doctor s3://BUCKET/PREFIX', 'checks credentials, the bucket, and whether logs arrive'],
        ['incident --lb NAME --last 1h', 'gathers the logs and all that AWS and the cluster still know, and answers'],
        ['load s3://BUCKET/PREFIX --from -2h', 'loads the access logs of the last two hours; a folder works too'],
        ['load pods.json', 'a snapshot of the pods: kubectl get pods -A -o json > pods.json'],
        ['trace', 'names the cause of each failure, and the target'],
      ];
  const width = Math.max(...next.map(([command]) => command.length));
  await stdout.write(
    [
      'draintrace: what caused each 502, 503 and 504 of an Application Load Balancer',
      '',
      existsSync(db) ? `${printable(db)} is loaded. Next:` : 'Nothing is loaded yet. Next:',
      ...next.map(([command, does]) => `  draintrace ${command.padEnd(width)}   ${does}`),
      '',
      'draintrace --help lists all commands.',
      '',
    ].join('\n'),
  );
  return EXIT.ok;
}

/** Joins `--from -2h` to `--from=-2h`: the parser would read -2h as two flags. */
function joinNegative(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (const word of words) {
    const last = joined.at(-1);
    if (/^-\d/.test(word) && last && /^--[a-z][a-z-]*$/.test(last)) joined[joined.length - 1] = `${last}=${word}`;
    else joined.push(word);
  }
  return joined;
}

/**
 * Stands for a lone `-` while yargs reads the words, because yargs drops one that is an argument. No typed word can hold this
 * character.
 */
const DASH = '\0';

/** Restores `-` in flags and arguments. */
function withDashes(args: Record<string, unknown>): Record<string, unknown> {
  const back = (value: unknown): unknown => (value === DASH ? '-' : Array.isArray(value) ? value.map(back) : value);
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, back(value)]));
}

/** Meaning of the words: a verb with its arguments, a text to print (help, version), or an error. */
interface Parsed {
  chosen: Chosen | null;
  output: string;
  complaint: string | null;
}

async function parse(words: readonly string[], effects: Effects): Promise<Parsed> {
  const parsed: Parsed = { chosen: null, output: '', complaint: null };
  const parser = newParser(effects).fail((message: string | null, error: Error | undefined) => {
    parsed.complaint ??= (message ?? String(error)).replaceAll(DASH, '-');
  });
  for (const verb of VERBS) {
    addVerb(parser, verb, (chosen) => {
      parsed.chosen = chosen;
    });
  }
  const typed = words.map((word) => (word === '-' ? DASH : word));
  await parser.parseAsync(typed, {}, (_error: unknown, _argv: unknown, text: string) => {
    parsed.output = text;
  });
  return parsed;
}

function newParser({ env, stdout }: Effects): Argv<GlobalArguments> {
  return yargs()
    .scriptName('draintrace')
    .usage('$0 COMMAND: what caused each 502, 503 and 504 of an Application Load Balancer')
    .option('db', {
      type: 'string',
      default: env.DRAINTRACE_DB || DEFAULT_DATABASE,
      defaultDescription: `DRAINTRACE_DB, else ${DEFAULT_DATABASE}`,
      requiresArg: true,
      describe: 'the database file',
    })
    .epilogue(
      'Exit codes: 0 done, 1 a limit is broken, 2 wrong arguments, 3 nothing that was given could be used, ' +
        '4 a part of it could not, 5 the database cannot be used, 6 an answer could not be written, 70 a bug, 130 interrupted.',
    )
    .completion('completion', 'Print a script for the completion of bash and zsh')
    .demandCommand(1, 'a command is missing: draintrace --help lists them')
    .strict()
    .recommendCommands()
    .parserConfiguration({ 'duplicate-arguments-array': true, 'greedy-arrays': false })
    .version(version())
    .alias('help', 'h')
    .wrap(stdout.isTTY ? Math.min(stdout.columns, 110) : 100)
    .exitProcess(false);
}

/** Turns yargs's message into one sentence. For an unknown word it adds the nearest known one from the help. */
function oneSentence(message: string, words: readonly string[], verb: string | undefined, help: string): string {
  if (message.startsWith('Not enough non-option arguments')) {
    const usage = VERBS.find(({ command }) => command.split(' ')[0] === verb)?.command;
    return `an argument is missing: draintrace ${usage ?? 'COMMAND'}`;
  }
  const first = words.find((word) => !word.startsWith('-'));
  if (!verb && first && /^(Did you mean|Unknown)/.test(message)) {
    const near = nearest(
      first,
      VERBS.map(({ command }) => command.split(' ')[0]!),
    );
    return `there is no command ${first}: ${near ? `did you mean ${near}?` : 'draintrace --help lists them'}`;
  }
  const unknown = /^Unknown arguments?: (.+)$/.exec(message);
  if (!unknown) return message.replace(/\s*\n\s*/g, ' ').trim();
  const typed = unknown[1]!.split(', ')[0]!;
  const flags = [...help.matchAll(/--([a-z][a-z-]*)/g)].map((match) => match[1]!);
  const near = typed === '-' ? null : nearest(typed, flags);
  return `unknown argument ${typed}${near ? `: did you mean --${near}?` : ': --help lists the known ones'}`;
}

/** Yargs prints the help of each command that it runs, in case that the command fails and shows it: a tenth of our start. */
function keepNoHelp(parser: Argv): void {
  const { getInternalMethods } = parser as {
    getInternalMethods?: () => { getUsageInstance(): { cacheHelpMessage(): void } };
  };
  const usage = getInternalMethods?.call(parser).getUsageInstance();
  if (usage) usage.cacheHelpMessage = () => {};
}

function addVerb(parser: Argv<GlobalArguments>, verb: Verb, choose: (chosen: Chosen) => void): void {
  let command: Command<never> | undefined;
  parser.command({
    command: verb.command,
    describe: verb.describe,
    builder: async (inner: Argv) => {
      command = await verb.import();
      for (const [example, does] of command.examples) inner.example(example, does);
      inner.epilogue(`Cost: ${command.cost}`);
      command.builder(inner as Argv<GlobalArguments>);
      keepNoHelp(inner);
      return inner;
    },
    handler: (args) => choose({ command: command!, args: withDashes(args) as never }),
  });
}
