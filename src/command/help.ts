/** The help: all commands in groups, and the end of the help of one command. Needs no parser, so `--help` starts quickly. */
import { pad, printable, truncate, wrap } from '../report/text.ts';
import { type Command, DEFAULT_DATABASE } from './command.ts';
import { VERB_GROUPS, VERBS, type Verb } from './verb.ts';

/** Width of the help without a terminal, and on a wider one. */
const WIDTH = 80;

/** Returns the width of the help on a terminal of so many columns; null without one. */
export const helpWidth = (columns: number | null): number => Math.min(columns ?? WIDTH, WIDTH);

const EXIT_CODES =
  'Exit codes: 0 done, 1 a limit is broken, 2 wrong arguments, 3 nothing that was given could be used, 4 a part of it could not, 5 the database cannot be used, 6 an answer could not be written, 70 a bug, 130 interrupted.';

/** Returns the help of the program, lines ended. */
export function programHelp(width: number): string {
  const column = Math.max(...VERBS.map(({ command }) => command.length)) + 4;
  const entry = (left: string, right: string): string[] =>
    wrap(right, width, ' '.repeat(column), pad(`  ${left}`, column, 'right'));
  const groups = Object.entries(VERB_GROUPS).flatMap(([group, heading]) => [
    `${heading}:`,
    ...VERBS.filter((verb) => verb.group === group).flatMap(({ command, describe }) => entry(command, describe)),
    '',
  ]);
  const lines = [
    ...wrap('draintrace COMMAND: what caused each 502, 503 and 504 of an Application Load Balancer', width, '  '),
    '',
    ...groups,
    'Flags of every command:',
    ...entry('--db FILE', `the database file; default: DRAINTRACE_DB, else ${DEFAULT_DATABASE}`),
    ...entry('--color WHEN', 'auto, always or never; auto obeys NO_COLOR and TERM=dumb'),
    ...entry('--help, -h', 'the flags of a command, two examples and its cost; -h is short'),
    ...entry('--version', 'the version'),
    '',
    'Examples:',
    '  draintrace load s3://my-alb-logs/prod --from -2h',
    '  draintrace trace --from -2h',
    '  draintrace explain --client 203.0.113.7 --at 14:01',
    '  draintrace report --from -2h --out incident.html',
    '',
    ...wrap(EXIT_CODES, width, '  '),
    ...wrap(
      'As a plugin of kubectl: `kubectl draintrace COMMAND` is the same. Flags come after COMMAND, also --kubeconfig and --context.',
      width,
      '  ',
    ),
    ...wrap('Documentation: README.md and docs/ beside the program, first docs/commands.md.', width, '  '),
    ...wrap('Bugs: report them where you got draintrace, with what it printed and `draintrace doctor`.', width, '  '),
  ];
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

/** Flags of every command, which its short help only names. */
const EVERYWHERE = ['db', 'color', 'wait'];

/** Returns the help for `-h`: each flag on one line. `--help` has the rest. */
export function shortHelp(
  { command: typed, describe }: Verb,
  { examples }: Command<never>,
  flags: ReadonlyMap<string, string>,
  width: number,
): string {
  const own = [...flags].filter(([name]) => !EVERYWHERE.includes(name));
  const column = Math.max(0, ...own.map(([name]) => name.length)) + 6;
  return [
    ...wrap(`draintrace ${typed}: ${describe}`, width, '  '),
    '',
    ...own.map(([name, does]) => truncate(`  --${name}`.padEnd(column) + printable(does), width)),
    ...(own.length > 0 ? [''] : []),
    ...examples.slice(0, 1).flatMap(([example]) => copyable(example, width - 2)),
    '',
    ...wrap(
      `Also ${EVERYWHERE.filter((name) => flags.has(name))
        .map((name) => `--${name}`)
        .join(', ')}. --help has the values, the cost and more examples.`,
      width,
    ),
  ].join('\n');
}

/** Returns the examples of a command with its cost and its page, for the end of its help. */
export function commandEnd(command: Command<never>, { docs }: Verb, width: number): string {
  const examples = command.examples.flatMap(([typed, does]) => [
    ...copyable(typed, width - 2),
    ...wrap(does, width - 2, '      ', '      '),
  ]);
  return [
    'Examples:',
    ...examples,
    '',
    ...wrap(`Cost: ${command.cost}`, width - 2, '  '),
    `Documentation: ${docs}`,
  ].join('\n');
}

/** Returns a command as lines that a shell takes when they are pasted: a line that goes on ends in a backslash. */
function copyable(typed: string, width: number): string[] {
  const lines = [''];
  for (const part of typed.split(/ (?=--)/)) {
    const line = lines.at(-1)!;
    if (line === '') lines[lines.length - 1] = `  ${part}`;
    else if (line.length + 1 + part.length <= width - 2) lines[lines.length - 1] = `${line} ${part}`;
    else {
      lines[lines.length - 1] = `${line} \\`;
      lines.push(`      ${part}`);
    }
  }
  return lines;
}
