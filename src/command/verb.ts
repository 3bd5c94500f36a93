/** The list of verbs. Each is imported only when it is used: `draintrace sql` need not load S3 code. */
import type { Command } from './command.ts';

export interface Verb {
  /** As in the command file; a test compares both. */
  command: string;
  describe: string;
  import(): Promise<Command<never>>;
}

export const VERBS: readonly Verb[] = [
  {
    command: 'load <source..>',
    describe: 'Load access logs and evidence: each object once, every line accounted for',
    import: async () => (await import('./load.ts')).command,
  },
  {
    command: 'trace',
    describe: 'Name the cause of each failure, and the target',
    import: async () => (await import('./trace.ts')).command,
  },
  {
    command: 'incident',
    describe: 'Gather what AWS and the cluster still know of an incident, then load, judge and report it',
    import: async () => (await import('./incident.ts')).command,
  },
  {
    command: 'report',
    describe: 'Write the incident as one HTML page, or as text',
    import: async () => (await import('./report.ts')).command,
  },
  {
    command: 'nightly',
    describe: 'Load new data, report the day, compare it with the days before, and apply a retention',
    import: async () => (await import('./nightly.ts')).command,
  },
  {
    command: 'doctor [source..]',
    describe: 'Check the setup (credentials, bucket, clock, disk), and print the fix of each problem',
    import: async () => (await import('./doctor.ts')).command,
  },
  {
    command: 'query <name>',
    describe: 'Answer a question of the catalogue',
    import: async () => (await import('./query.ts')).command,
  },
  {
    command: 'queries',
    describe: 'List the questions that `query` answers',
    import: async () => (await import('./queries.ts')).command,
  },
  {
    command: 'explain [request]',
    describe: 'Tell the story of one request as a timeline',
    import: async () => (await import('./explain.ts')).command,
  },
  {
    command: 'evidence',
    describe: 'Show what the evidence settles, what stays open, and which source would settle most of the rest',
    import: async () => (await import('./evidence.ts')).command,
  },
  {
    command: 'check',
    describe: 'Fail when a window has more failures of a cause than allowed',
    import: async () => (await import('./check.ts')).command,
  },
  {
    command: 'sql [statement]',
    describe: 'Run SQL on the tables and views, or a shell for it',
    import: async () => (await import('./sql.ts')).command,
  },
  {
    command: 'export',
    describe: 'Write the tables as Parquet for other engines, or a copy of the database for other readers',
    import: async () => (await import('./export.ts')).command,
  },
  {
    command: 'athena <action> [name]',
    describe: 'Ask the same questions on Athena, over logs in place',
    import: async () => (await import('./athena.ts')).command,
  },
  {
    command: 'advise',
    describe: 'Compute how long targets must serve after their deletion, with a patch',
    import: async () => (await import('./advise.ts')).command,
  },
  {
    command: 'simulate',
    describe: 'Generate a synthetic incident: logs and evidence in the real formats, with the ground truth',
    import: async () => (await import('./simulate.ts')).command,
  },
  {
    command: 'watch',
    describe: 'Record events of pods and targets in files that `load` takes',
    import: async () => (await import('./watch.ts')).command,
  },
  {
    command: 'probe <url>',
    describe: 'Send steady requests during a rollout, and record failures, pods and targets',
    import: async () => (await import('./probe.ts')).command,
  },
];
