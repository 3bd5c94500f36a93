/** `draintrace watch`: records the events of pods and targets in files that `load` reads. */
import type { Argv } from 'yargs';
import { emptyMessage } from '../report/message.ts';
import { count, printable } from '../report/text.ts';
import { type Recording, recordingMetrics } from '../report/watch-metrics.ts';
import { parseS3Url, type S3Location } from '../source/plan.ts';
import { PATIENCE } from '../source/retry.ts';
import { S3Bucket } from '../source/s3-bucket.ts';
import { formatMillis, MINUTE_MS, toSeconds } from '../time/time.ts';
import type { EcsPlace } from '../watch/ecs.ts';
import { ROTATION } from '../watch/journal.ts';
import { runWatch, type WatchOutcome } from '../watch/run.ts';
import { Uploader } from '../watch/upload.ts';
import { balancerOption, clusterOption, liveOptions, orExplain } from './cluster-option.ts';
import type { Command, Effects, GlobalArguments } from './command.ts';
import { CliError, EXIT } from './error.ts';
import type { LiveArguments } from './live.ts';
import { MetricsFile } from './metrics-file.ts';
import { failedMessage, Notifier, type NotifyArguments, notifyOption, notifyWhenOption } from './notify-option.ts';
import { durationOption } from './option.ts';

interface WatchArguments extends LiveArguments, NotifyArguments {
  spool: string;
  rotateMb: number;
  rotateMinutes: number;
  for: string | undefined;
}

/** Time limit for uploading the last files. */
const LAST_UPLOAD_MS = 30_000;

const NOTHING_RECORDED: Recording = { lines: new Map(), lastLines: new Map(), bytes: 0, throttled: 0 };

const LIVE = 'Failures as they come in:';

function builder(yargs: Argv<GlobalArguments>): unknown {
  return liveOptions(yargs)
    .option('out', {
      type: 'string',
      requiresArg: true,
      describe: 'folder, or s3://bucket/prefix: closed files go there',
    })
    .option('spool', {
      type: 'string',
      default: 'draintrace-watch',
      describe: 'folder of the open files when --out is a bucket; keep it between runs',
    })
    .option('rotate-mb', {
      type: 'number',
      default: ROTATION.bytes / 2 ** 20,
      describe: 'close a file at this many MiB of text',
    })
    .option('rotate-minutes', {
      type: 'number',
      default: ROTATION.ms / MINUTE_MS,
      describe: 'close a file after this many minutes',
    })
    .option('for', { type: 'string', describe: 'stop after this long, as 90s, 15m or 12h; until Ctrl-C if not given' })
    .option('kubernetes', {
      type: 'boolean',
      describe: '--no-kubernetes watches target groups only; so does --ecs, unless --kubernetes is given too',
    })
    .option('ecs', {
      type: 'string',
      array: true,
      default: [],
      requiresArg: true,
      group: 'AWS:',
      describe: 'tasks and services of this cluster of ECS, or of one service: CLUSTER/SERVICE',
    })
    .option('nodes', {
      type: 'boolean',
      default: false,
      describe: 'nodes too, for target groups of instances: needs list and watch of nodes',
    })
    .option('live', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [],
      group: LIVE,
      describe: 'show failures of these logs (and evidence) as they come in, as load takes them, instead of recording',
    })
    .option('lb', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [],
      group: LIVE,
      describe: 'only these load balancers, by name, id or ARN; * stands for any characters',
    })
    .option('last', {
      type: 'string',
      default: '15m',
      group: LIVE,
      describe: 'begin with the failures of this long ago',
    })
    .option('every', { type: 'string', default: '30s', group: LIVE, describe: 'how often the sources are listed' })
    .option('format', {
      choices: ['text', 'ndjson'] as const,
      default: 'text' as const,
      group: LIVE,
      describe: 'a failure a line, as text or as JSON',
    })
    .option('metrics', {
      type: 'string',
      requiresArg: true,
      describe: "keep this file of OpenMetrics text fresh, for node_exporter's textfile collector",
    })
    .option('notify', notifyOption)
    .option('notify-when', notifyWhenOption)
    .option('quiet', { alias: 'q', type: 'boolean', default: false, describe: 'no notes and no summary' });
}

async function run(args: WatchArguments, effects: Effects): Promise<number> {
  const notifier = new Notifier(args, args.profile ?? null, effects);
  try {
    if (args.live.length > 0) return notifier.codeOf(await live(args, notifier, effects));
    const code = await record(args, effects);
    await notifier.send({ ...emptyMessage('watch', 'the recording ended'), exit_code: code });
    return notifier.codeOf(code);
  } catch (error) {
    // Nobody looks at a watch until its evidence is needed, and then it is too late.
    if (!effects.signal.aborted) await notifier.send(failedMessage('watch', error));
    throw error;
  }
}

async function live(args: WatchArguments, notifier: Notifier, effects: Effects): Promise<number> {
  const { liveRequest, showLive } = await import('./live.ts');
  const request = liveRequest(args, effects.now());
  const over = new AbortController();
  const timer = args.for === undefined ? undefined : setTimeout(() => over.abort(), durationOption(args.for, 'for'));
  try {
    const signal = AbortSignal.any([effects.signal, over.signal]);
    return await showLive(request, effects, signal, (message) => notifier.send(message));
  } finally {
    clearTimeout(timer);
  }
}

async function record(args: WatchArguments, effects: Effects): Promise<number> {
  const { out } = args;
  if (out === undefined) {
    const how = 'give --out FOLDER to record, or --live SOURCE to see failures as they come in';
    throw new CliError(`nothing to do: ${how}`, EXIT.usage);
  }
  if (args.lb.length > 0)
    throw new CliError('--lb is of --live: a recording chooses by --target-group, --namespace or --ecs', EXIT.usage);
  const place = placeOf(out);
  const forMs = args.for === undefined ? null : durationOption(args.for, 'for');
  if (!(args.rotateMb > 0))
    throw new CliError(`--rotate-mb ${args.rotateMb} is not a size above 0: write it as --rotate-mb 16`, EXIT.usage);
  if (!(args.rotateMinutes > 0)) {
    throw new CliError(
      `--rotate-minutes ${args.rotateMinutes} is not a time above 0: write it as --rotate-minutes 10`,
      EXIT.usage,
    );
  }
  const balancer = balancerOption(args, effects);
  const places = args.ecs.map(ecsPlace);
  const kubernetes = args.kubernetes ?? places.length === 0;
  if (!kubernetes && !balancer && places.length === 0) {
    throw new CliError('nothing is left to watch: --no-kubernetes needs --target-group or --ecs', EXIT.usage);
  }
  const note = (text: string): void => {
    if (!args.quiet) void effects.stderr.write(`${formatMillis(effects.now())} ${printable(text)}\n`);
  };
  const access = { endpointUrl: null, region: args.region ?? null, profile: args.profile ?? null, env: effects.env };
  const bucket = place && new S3Bucket(place.bucket, access, PATIENCE, note);
  const uploader = bucket && place && new Uploader(bucket, place.prefix, PATIENCE, note);
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let recorded = (): Recording => NOTHING_RECORDED;
  const metrics = new MetricsFile(args.metrics, note);
  try {
    await metrics.begin(() => recordingMetrics(recorded(), toSeconds(effects.now())));
    const outcome = await orExplain(async () =>
      runWatch({
        cluster: kubernetes ? await clusterOption(args, effects) : null,
        namespaces: args.namespace,
        nodes: args.nodes,
        selector: args.selector ?? null,
        balancer,
        targetGroups: args.targetGroup,
        ecs: places.length === 0 ? null : { places, access },
        directory: place ? args.spool : out,
        rotation: { bytes: args.rotateMb * 2 ** 20, ms: args.rotateMinutes * MINUTE_MS },
        uploader,
        patience: PATIENCE,
        now: effects.now,
        note,
        began: (outcome) => {
          if (forMs !== null) timer = setTimeout(() => over.abort(), forMs);
          recorded = outcome;
        },
        signal: AbortSignal.any([effects.signal, over.signal]),
      }),
    );
    const left = uploader ? await uploader.close(LAST_UPLOAD_MS) : [];
    if (!args.quiet) await effects.stderr.write(summarize(outcome, out, uploader?.uploaded ?? null));
    if (left.length === 0) {
      const { objects, answers, looks } = outcome;
      const isEmpty = objects + answers + looks === 0;
      if (!isEmpty || !over.signal.aborted || effects.signal.aborted) return EXIT.ok;
      throw new CliError(
        `the watch saw no object in ${args.for}: no pod, EndpointSlice or Event; check -n and --selector`,
        EXIT.source,
      );
    }
    const files = count(left.length, 'file');
    throw new CliError(
      `${files} did not reach ${out} and stay in ${args.spool}; the next run takes them there`,
      EXIT.partial,
    );
  } finally {
    clearTimeout(timer);
    await metrics.close();
    await balancer?.close();
    await bucket?.close();
  }
}

/** Parses `CLUSTER`, `CLUSTER/SERVICE`, or the ARN of either. Throws CliError. */
function ecsPlace(text: string): EcsPlace {
  const own = text.replace(/^arn:aws[\w-]*:ecs:[a-z0-9-]+:\d{12}:(?:cluster|service)\//, '');
  const match = /^([A-Za-z0-9_-]{1,255})(?:\/([A-Za-z0-9_-]{1,255}))?$/.exec(own);
  if (match === null)
    throw new CliError(`--ecs ${text} is not CLUSTER or CLUSTER/SERVICE: write it as --ecs prod/web`, EXIT.usage);
  return { cluster: match[1]!, service: match[2] ?? null };
}

function placeOf(out: string): S3Location | null {
  if (!/^s3:/i.test(out)) return null;
  const place = parseS3Url(out);
  if (!place) throw new CliError(`--out ${out} is no S3 url: write it as s3://bucket/prefix`, EXIT.usage);
  return place;
}

function summarize(
  { lines, bytes, files, answers, looks, throttled }: WatchOutcome,
  out: string,
  uploaded: number | null,
): string {
  const kinds = [...lines].map(([name, n]) => `${n} of ${name}`).join(', ') || 'none';
  const slowed = throttled > 0 ? `; AWS asked to slow down ${count(throttled, 'time')}` : '';
  const asked = answers > 0 ? `; ${count(answers, 'answer')} of describe-target-health` : '';
  const looked = looks > 0 ? `; ${count(looks, 'look')} at ECS` : '';
  const sent = uploaded === null ? '' : `, ${uploaded} uploaded`;
  return `Lines written to ${printable(out)}: ${kinds} (${(bytes / 1e6).toFixed(1)} MB in ${count(files, 'file')}${sent})${asked}${looked}${slowed}\n`;
}

export const command: Command<WatchArguments> = {
  command: 'watch',
  describe: 'Record events of pods and targets in files that `load` takes',
  examples: [
    [
      'draintrace watch --out evidence -n shop --target-group k8s-shop-*',
      'one namespace and its target groups, until Ctrl-C',
    ],
    ['draintrace watch --live s3://my-alb-logs --lb shop-public', 'failures of the last minutes, as their logs arrive'],
  ],
  cost: 'Three watches for each namespace, and up to one DescribeTargetHealth a second for each target group (at most five a second in all); for ECS three calls each 5 s for each cluster or service, more while tasks change; some kB of disk for each change.',
  builder,
  run,
};
