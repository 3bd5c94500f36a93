/** The folders of src/: what each knows and may import. test/architecture.test.ts checks it, docs/architecture.md prints it. */

export interface Room {
  /** Knowledge of the folder, for docs/architecture.md. */
  knows: string;
  /** Imported folders or single files of them; `type evidence` allows only types; `*` is all folders except bin. */
  imports: string;
  /** Packages; `type x` allows only types. */
  packages: string;
  /** Whether it may import node:*. A pure folder knows no process, file, clock or socket. */
  pure: boolean;
}

export const ROOMS: Record<string, Room> = {
  time: {
    knows: 'units of time, their conversions and printed forms; times that people type',
    imports: '',
    packages: '',
    pure: true,
  },
  number: {
    knows: 'numbers as people read them: grouped, and with a noun that agrees',
    imports: '',
    packages: '',
    pure: true,
  },
  alb: {
    knows:
      'the log formats: THE field table, framing, splitting, typed rows, printing; `kernel-code.ts` is kernel/ compiled, the fast reader of plain lines',
    imports: 'time',
    packages: '',
    pure: true,
  },
  parquet: {
    knows: 'column buffers, and the parts of Apache Parquet that a row buffer on disk needs',
    imports: '',
    packages: '',
    pure: true,
  },
  evidence: {
    knows: 'what is known of targets: one pure reader for each source, from text to facts',
    imports: 'number, time, alb',
    packages: 'csv-parse, yaml',
    pure: true,
  },
  report: {
    knows: 'how an answer looks: table, JSON, CSV, Markdown, HTML, pictures',
    imports: 'number, time, query/word.ts, evidence/redact.ts',
    packages: 'csv-stringify, d3-scale, string-width',
    pure: true,
  },
  lint: {
    knows: 'manifests and settings before they are applied: places in documents, joins, the rules of `lint`, SARIF',
    imports: 'number, evidence/json-stream.ts, evidence/pod-container.ts, report',
    packages: 'yaml',
    pure: true,
  },
  publish: {
    knows: 'one way to write a file that others may read',
    imports: 'time, source/folder.ts',
    packages: '',
    pure: false,
  },
  source: {
    knows:
      'bytes and where they come from: S3, local files, standard input; the key plan (time window to prefixes) is a pure value',
    imports: 'time, type evidence, evidence/redact.ts',
    packages: '@aws-sdk/client-s3, @smithy/signature-v4',
    pure: false,
  },
  query: {
    knows: 'header and catalogue of queries/, parameters, the words of verdicts',
    imports: 'type time, type evidence',
    packages: '',
    pure: false,
  },
  engine: {
    knows:
      'the same questions for Trino and Athena: views as WITH clauses, macros expanded, tables over a lake or over logs in place, statements that fill tables of Iceberg',

    imports:
      'time, type query, query/token.ts, store/table.ts, store/evidence-view.ts, alb/field.ts, alb/connection-log.ts, alb/health-check-log.ts, type alb',
    packages: '',
    pure: false,
  },
  athena: {
    knows: 'the same questions on AWS: DDL, estimate and cost, the client, what is pulled from there',

    imports: 'time, publish, type evidence, source, query, engine, store/table.ts, type store, alb/field.ts',
    packages: '@aws-sdk/client-athena',
    pure: false,
  },
  store: {
    knows: 'DuckDB, alone: tables, views, ledger, batch, select, lake, migration',

    imports:
      'time, publish, source/folder.ts, type evidence, query/header.ts, alb/delivered.ts, alb/field.ts, alb/row.ts, alb/connection-log.ts, alb/health-check-log.ts, alb/line-format.ts',
    packages: '@duckdb/node-api, @duckdb/node-bindings',
    pure: false,
  },
  load: {
    knows:
      'the steps of `load`; `main/` runs in the main thread: list, ledger, fetch, store; `worker/` in the workers: recognise, inflate, split, write row buffers',

    imports: 'time, alb, parquet, evidence, source, store',
    packages: 'p-map, type @duckdb/node-api',
    pure: false,
  },
  simulate: {
    knows:
      'a made-up world: balancer, controller, pods and requests, what they leave behind, and the truth; apart from all that judges',
    imports: 'time',
    packages: '',
    pure: true,
  },
  watch: {
    knows: 'pods and targets as they change: the watch API, polling, files that survive a kill',

    imports: 'number, time, publish, source, evidence/moment.ts',
    packages: '@kubernetes/client-node, @aws-sdk/client-elastic-load-balancing-v2',
    pure: false,
  },
  gather: {
    knows:
      'what AWS and the cluster still know of a past window: a plan as a pure value, one part a source, a folder that `load` reads',
    imports: 'number, time, publish, source, watch, evidence/redact.ts',
    packages: 'p-map',
    pure: false,
  },
  notify: {
    knows: 'whom a run tells: targets and their secrets, and sending',
    imports: 'time, source/retry.ts, report, gather/aws.ts, gather/aws-error.ts',
    packages: '',
    pure: false,
  },
  queue: {
    knows: 'events of S3 in a queue of SQS: messages, the objects that they name, and when a message may be deleted',
    imports: 'time, source, gather/aws.ts, gather/aws-error.ts',
    packages: '',
    pure: false,
  },
  probe: {
    knows: 'steady requests, each with a trace id of its own',
    imports: 'time',
    packages: '',
    pure: false,
  },
  mcp: {
    knows: 'the Model Context Protocol: messages, tools and resources, turns and time limits',
    imports: 'time',
    packages: '@modelcontextprotocol/server, type zod',
    pure: false,
  },
  command: {
    knows: 'one verb a file: usage, arguments, run',
    imports: '*',
    packages: 'p-map, yaml, yargs, zod, type @duckdb/node-api',
    pure: false,
  },
  bin: {
    knows: 'process, argv, signals, the one catch, exit code',
    imports: 'command, time',
    packages: '',
    pure: false,
  },
};
