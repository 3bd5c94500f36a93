/** The list of verbs. Each is imported only when it is used: `draintrace sql` need not load S3 code. */
import type { Command } from './command.ts';

/** Groups of the help, with their headings, in order. */
export const VERB_GROUPS = {
  start: 'Start here',
  ask: 'Ask',
  run: 'Run',
  more: 'More',
} as const;
export type VerbGroup = keyof typeof VERB_GROUPS;

export interface Verb {
  /** As in the command file; a test compares both. */
  command: string;
  describe: string;
  group: VerbGroup;
  /** The page about it. */
  docs: string;
  import(): Promise<Command<never>>;
}

/** In the order of the help. */
export const VERBS: readonly Verb[] = [
  {
    command: 'doctor [source..]',
    describe: 'Check the setup (credentials, bucket, clock, disk), and print the fix of each problem',
    group: 'start',
    docs: 'docs/commands.md',
    import: async () => (await import('./doctor.ts')).command,
  },
  {
    command: 'load <source..>',
    describe: 'Load access logs and evidence: each object once, every line accounted for',
    group: 'start',
    docs: 'docs/load.md',
    import: async () => (await import('./load.ts')).command,
  },
  {
    command: 'trace',
    describe: 'Name the cause of each failure, and the target',
    group: 'start',
    docs: 'docs/verdicts.md',
    import: async () => (await import('./trace.ts')).command,
  },
  {
    command: 'incident',
    describe: 'Gather what AWS and the cluster still know of an incident, then load, judge and report it',
    group: 'start',
    docs: 'docs/incident.md',
    import: async () => (await import('./incident.ts')).command,
  },
  {
    command: 'explain [request]',
    describe: 'Tell the story of one request as a timeline',
    group: 'start',
    docs: 'docs/commands.md',
    import: async () => (await import('./explain.ts')).command,
  },
  {
    command: 'report',
    describe: 'Write the incident as one HTML page, or as text',
    group: 'ask',
    docs: 'docs/report.md',
    import: async () => (await import('./report.ts')).command,
  },
  {
    command: 'evidence',
    describe: 'Show what the evidence settles, what stays open, and which source would settle most of the rest',
    group: 'ask',
    docs: 'docs/evidence.md',
    import: async () => (await import('./evidence.ts')).command,
  },
  {
    command: 'advise',
    describe: 'Compute how long targets must serve after their deletion, with a patch',
    group: 'ask',
    docs: 'docs/advice.md',
    import: async () => (await import('./advise.ts')).command,
  },
  {
    command: 'lint <path..>',
    describe: 'Find settings in manifests that give 5xx at rollouts, before they are applied',
    group: 'ask',
    docs: 'docs/lint.md',
    import: async () => (await import('./lint.ts')).command,
  },
  {
    command: 'check',
    describe: 'Fail when a window has more failures of a cause than allowed',
    group: 'ask',
    docs: 'docs/verdicts.md',
    import: async () => (await import('./check.ts')).command,
  },
  {
    command: 'query <name>',
    describe: 'Answer a question of the catalogue',
    group: 'ask',
    docs: 'docs/sql.md',
    import: async () => (await import('./query.ts')).command,
  },
  {
    command: 'queries',
    describe: 'List the questions that `query` answers',
    group: 'ask',
    docs: 'docs/sql.md',
    import: async () => (await import('./queries.ts')).command,
  },
  {
    command: 'sql [statement]',
    describe: 'Run SQL on the tables and views, or a shell for it',
    group: 'ask',
    docs: 'docs/sql.md',
    import: async () => (await import('./sql.ts')).command,
  },
  {
    command: 'nightly',
    describe: 'Load new data, report the day, compare it with the days before, and apply a retention',
    group: 'run',
    docs: 'docs/nightly.md',
    import: async () => (await import('./nightly.ts')).command,
  },
  {
    command: 'watch',
    describe: 'Record events of pods and targets in files that `load` takes',
    group: 'run',
    docs: 'docs/watch.md',
    import: async () => (await import('./watch.ts')).command,
  },
  {
    command: 'probe <url>',
    describe: 'Send steady requests during a rollout, and record failures, pods and targets',
    group: 'run',
    docs: 'docs/probe.md',
    import: async () => (await import('./probe.ts')).command,
  },
  {
    command: 'mcp',
    describe: 'Answer an agent by the Model Context Protocol, read-only',
    group: 'more',
    docs: 'docs/agents.md',
    import: async () => (await import('./mcp.ts')).command,
  },
  {
    command: 'export',
    describe: 'Write the tables as Parquet for other engines, or a copy of the database for other readers',
    group: 'more',
    docs: 'docs/scaling.md',
    import: async () => (await import('./export.ts')).command,
  },
  {
    command: 'merge <place>',
    describe: 'Load the units that many jobs emitted, and judge them together',
    group: 'more',
    docs: 'docs/scaling.md',
    import: async () => (await import('./merge.ts')).command,
  },
  {
    command: 'athena <action> [name]',
    describe: 'Ask the same questions on Athena, over logs in place',
    group: 'more',
    docs: 'docs/scaling.md',
    import: async () => (await import('./athena.ts')).command,
  },
  {
    command: 'simulate',
    describe: 'Generate a synthetic incident: logs and evidence in the real formats, with the ground truth',
    group: 'more',
    docs: 'docs/simulate.md',
    import: async () => (await import('./simulate.ts')).command,
  },
  {
    command: 'completion [shell]',
    describe: 'Print the completion script for bash, zsh or fish',
    group: 'more',
    docs: 'docs/commands.md',
    import: async () => (await import('./completion.ts')).command,
  },
];

/** Returns the name of a verb, as it is typed. */
export const verbName = ({ command }: Pick<Verb, 'command'>): string => command.split(' ')[0]!;
