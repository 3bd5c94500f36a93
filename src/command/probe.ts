/** `draintrace probe`: sends steady requests to a service and records its pods and target health by the same clock. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Argv } from 'yargs';
import { redactedUrl } from '../evidence/redact.ts';
import type { ProbeResult } from '../probe/request.ts';
import { runProbe } from '../probe/run.ts';
import type { Format } from '../report/rows.ts';
import { count, printable } from '../report/text.ts';
import { PATIENCE } from '../source/retry.ts';
import { formatTime, SECOND_MS, toMillis } from '../time/time.ts';
import { Journal, ROTATION } from '../watch/journal.ts';
import { runWatch } from '../watch/run.ts';
import { balancerOption, type ClusterArguments, clusterOption, liveOptions, orExplain } from './cluster-option.ts';
import type { Command, Effects, GlobalArguments } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { durationOption, formatOption } from './option.ts';
import { writeRowStream } from './output.ts';

interface ProbeArguments extends ClusterArguments {
  url: string;
  rate: number;
  for: string;
  timeout: string;
  out: string;
  iOwnThis: boolean;
  format: Format;
}

/** Highest rate without --i-own-this. A service that breaks at a higher rate was attacked, not probed. */
const MOST_RATE = 50;
const COLUMNS = [
  { name: 'started_at', type: 'VARCHAR' },
  { name: 'seconds', type: 'DOUBLE' },
  { name: 'connection', type: 'VARCHAR' },
  { name: 'status', type: 'INTEGER' },
  { name: 'error', type: 'VARCHAR' },
  { name: 'trace_id', type: 'VARCHAR' },
  { name: 'targets', type: 'VARCHAR' },
];

function builder(yargs: Argv<GlobalArguments>): unknown {
  return liveOptions(
    yargs.positional('url', { type: 'string', demandOption: true, describe: 'what to ask for, by GET' }),
  )
    .option('rate', { type: 'number', default: 5, describe: `requests a second, at most ${MOST_RATE}` })
    .option('for', { type: 'string', default: '5m', describe: 'how long, as 90s, 15m or 1h' })
    .option('timeout', { type: 'string', default: '70s', describe: 'time to wait for an answer' })
    .option('out', { type: 'string', default: 'draintrace-probe', describe: 'folder of the written files' })
    .option('i-own-this', {
      type: 'boolean',
      default: false,
      describe: `you own the service: allow more than ${MOST_RATE} a second`,
    })
    .option('format', { ...formatOption, default: 'table' as const });
}

async function run(args: ProbeArguments, effects: Effects): Promise<number> {
  const url = URL.canParse(args.url) ? new URL(args.url) : null;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new CliError(`${redactedUrl(args.url)} is no url: write it as https://host/path`, EXIT.usage);
  }
  const forMs = durationOption(args.for, 'for');
  const timeoutMs = durationOption(args.timeout, 'timeout');
  if (!(args.rate > 0))
    throw new CliError(`--rate ${args.rate} is not a number above 0: write it as --rate 5`, EXIT.usage);
  if (args.rate > MOST_RATE && !args.iOwnThis) {
    throw new CliError(
      `--rate ${args.rate} is more than ${MOST_RATE} a second: add --i-own-this if the service is yours`,
      EXIT.usage,
    );
  }
  const balancer = balancerOption(args, effects);
  const asksKubernetes =
    args.inCluster || args.namespace.length > 0 || [args.selector, args.kubeconfig, args.context].some(Boolean);
  const note = (text: string): void => {
    void effects.stderr.write(`${printable(text)}\n`);
  };
  const over = new AbortController();
  const states = new Map<string, string>();
  const failures: (readonly unknown[])[] = [];
  let answered = 0;
  const journal = new Journal(args.out, 'probe', ROTATION);

  const probe = (): Promise<void> =>
    runProbe({
      url,
      rate: args.rate,
      forMs,
      timeoutMs,
      now: effects.now,
      sleep: async (ms, signal) => {
        await delay(ms, undefined, { signal }).catch(() => {});
      },
      ended: async (result) => {
        answered++;
        await journal.write(lineOf(result));
        if (isFailure(result)) failures.push(rowOf(result, states));
      },
      note,
      signal: effects.signal,
    });

  try {
    await orExplain(async () => {
      if (!balancer && !asksKubernetes) return probe();
      const cluster = asksKubernetes ? await clusterOption(args, effects) : null;
      let probing: Promise<void> = Promise.resolve();
      try {
        await runWatch({
          cluster,
          namespaces: args.namespace,
          nodes: false,
          ecs: null,
          selector: args.selector ?? null,
          balancer,
          targetGroups: args.targetGroup,
          directory: args.out,
          rotation: ROTATION,
          uploader: null,
          patience: PATIENCE,
          now: effects.now,
          note,
          asked: (arn, counted) =>
            states.set(arn, [...counted].map(([state, n]) => `${n} ${state}`).join(', ') || 'none'),
          began: () => {
            probing = probe().finally(() => over.abort());
            probing.catch(() => {});
          },
          signal: AbortSignal.any([effects.signal, over.signal]),
        });
      } finally {
        await probing;
      }
    });
  } finally {
    // A journal that cannot be written says so at every write, and here for the first time where there was none.
    await orExplain(() => journal.close()).finally(() => balancer?.close());
  }
  await writeRowStream({ columns: COLUMNS, chunks: [failures] }, args.format, effects);
  const first = failures[0]?.[0];
  const when = first === undefined ? '' : `, the first at ${first}, the last at ${failures.at(-1)?.[0]}`;
  await effects.stderr.write(
    `${count(answered, 'request')}, ${count(failures.length, 'failure')}${when}; draintrace load ${printable(args.out)} takes what was written\n`,
  );
  return effects.signal.aborted ? EXIT.interrupted : EXIT.ok;
}

/** No answer, or an answer that shows the service in trouble. */
const isFailure = ({ status, error }: ProbeResult): boolean => error !== null || status === null || status >= 500;

function lineOf({ startedAt, endedAt, url, retryAfterMs: _, ...rest }: ProbeResult): string {
  const times = { startedAt: formatTime(startedAt), endedAt: formatTime(endedAt) };
  return `${JSON.stringify({ probe: { ...times, url: redactedUrl(url), ...rest } })}\n`;
}

function rowOf(result: ProbeResult, states: ReadonlyMap<string, string>): unknown[] {
  const { startedAt, endedAt, connection, status, error, traceId } = result;
  const targets = [...states]
    .map(([arn, state]) => (states.size > 1 ? `${arn.split('/')[1]}: ${state}` : state))
    .join('; ');
  const seconds = Math.round(toMillis(endedAt - startedAt)) / SECOND_MS;
  return [formatTime(startedAt), seconds, connection, status, error, traceId, targets === '' ? null : targets];
}

export const command: Command<ProbeArguments> = {
  command: 'probe <url>',
  describe: 'Send steady requests during a rollout, and record failures, pods and targets',
  examples: [
    [
      'draintrace probe https://shop.example/health --target-group k8s-shop-api -n shop',
      'five requests a second for five minutes',
    ],
    ['draintrace probe https://shop.example/ --rate 20 --for 15m --format csv', 'only the requests'],
  ],
  cost: 'As many requests as --rate and --for allow, half of them with a new connection; it stops by itself and halves its rate at each 429.',
  builder,
  run,
};
