/** Turns the words of the command line into an exit code: the help, the verb, and the one catch. */
import { existsSync } from 'node:fs';
import { printable } from '../report/text.ts';
import { explainFile, SqlError } from '../store/error.ts';
import { DEFAULT_DATABASE, type Effects, type GlobalArguments } from './command.ts';
import { CliError, EXIT, exitCodeOf, tooManyFiles } from './error.ts';
import { helpWidth, programHelp } from './help.ts';
import { type Chosen, parse } from './parse.ts';
import { RedactedOutput } from './redacted-output.ts';
import { isHelp } from './version.ts';

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
    const code = exitCodeOf(error);
    await effects.stderr.write(
      code === EXIT.bug
        ? `draintrace: this is a bug in draintrace, please report it\n${stackOf(error)}\n`
        : [`draintrace: ${printable((error as Error).message)}`, ...(error instanceof CliError ? error.below : [])]
            .map((line) => `${line}\n`)
            .join(''),
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

async function parseAndRun(words: readonly string[], effects: Effects): Promise<number> {
  if (words.length === 0) return sayWhatNext(effects);
  if (isHelp(words)) {
    await effects.stdout.write(programHelp(helpWidth(effects.stdout.isTTY ? effects.stdout.columns : null)));
    return EXIT.ok;
  }
  if (words[0] === '--complete') {
    const { completionLines } = await import('./complete.ts');
    const lines = await completionLines(words.slice(1), effects);
    await effects.stdout.write(lines.map((line) => `${line}\n`).join(''));
    return EXIT.ok;
  }
  // `help trace` is what somebody types who does not know the program yet.
  const asked = words[0] === 'help' ? [words[1]!, '--help'] : words;
  const parsed = await parse(asked, effects);
  if (parsed.output !== '') await effects.stdout.write(`${parsed.output}\n`);
  else if (parsed.chosen) return runChosen(parsed.chosen, { ...effects, color: parsed.color });
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
