/** Flags of `draintrace incident`: whose failures, of when, and with which identity. */
import type { Argv } from 'yargs';
import { redactedUrl } from '../evidence/redact.ts';
import type { IncidentQuestion } from '../gather/outcome.ts';
import { parsePrometheusUrl } from '../source/prometheus-plan.ts';
import { MINUTE, type Micros } from '../time/time.ts';
import { parseTypedTime } from '../time/typed.ts';
import { UTC, type Zone } from '../time/zone.ts';
import type { GlobalArguments } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { readConfig } from './nightly-config.ts';
import { reversedWindow, timeOption, waitOption, type ZoneArguments, zoneOptions } from './option.ts';

export interface IncidentArguments extends GlobalArguments, ZoneArguments {
  lb: string | undefined;
  targetGroup: string | undefined;
  at: string | undefined;
  from: string | undefined;
  to: string | undefined;
  last: string | undefined;
  out: string | undefined;
  plan: boolean;
  yes: boolean;
  region: string | undefined;
  profile: string | undefined;
  cluster: string | undefined;
  kubeconfig: string | undefined;
  context: string | undefined;
  namespace: string[];
  prometheus: string | undefined;
  selector: string | undefined;
  config: string | undefined;
  wait: number;
}

const WHEN = 'When:';
const AWS = 'AWS:';
const KUBERNETES = 'Kubernetes:';

/** `--at` means so much before and after it. */
const AROUND: Micros = 15 * MINUTE;

export function incidentOptions(yargs: Argv<GlobalArguments>): unknown {
  return yargs
    .option('at', {
      type: 'string',
      group: WHEN,
      describe: 'a time within the incident: 15 minutes before and after it',
    })
    .option('last', { type: 'string', group: WHEN, describe: 'up to now, as 1h or 30m' })
    .option('from', {
      type: 'string',
      group: WHEN,
      describe: 'start of the window: RFC 3339, a date, 14:00, or relative as -2h',
    })
    .option('to', { type: 'string', group: WHEN, describe: 'end of the window, not included; default: now' })
    .option('lb', {
      ...{ type: 'string', requiresArg: true, group: AWS },
      describe: 'load balancer, by name or ARN; not needed if the region has but one',
    })
    .option('target-group', {
      ...{ type: 'string', requiresArg: true, group: AWS },
      describe: 'target group, by ARN or name, instead of --lb',
    })
    .option('region', {
      type: 'string',
      group: AWS,
      describe: 'region; default: that of the ARN, else that of the profile',
    })
    .option('profile', { type: 'string', group: AWS, describe: 'profile of the AWS configuration' })
    .option('cluster', {
      ...{ type: 'string', requiresArg: true, group: AWS },
      describe: 'EKS cluster of the targets, if the tags of the target groups name none',
    })
    .option('context', {
      ...{ type: 'string', requiresArg: true, group: KUBERNETES },
      describe: 'context of the kubeconfig; default: the current one, if it is of the cluster of the targets',
    })
    .option('kubeconfig', { type: 'string', group: KUBERNETES, describe: 'KUBECONFIG or ~/.kube/config if not given' })
    .option('namespace', {
      ...{ alias: 'n', type: 'string', array: true, default: [], group: KUBERNETES },
      describe: 'only these namespaces; default: all',
    })
    .option('prometheus', {
      ...{ type: 'string', requiresArg: true },
      describe: 'prometheus+http://host:9090 with kube-state-metrics, or a workspace of Managed Prometheus',
    })
    .option('selector', { type: 'string', describe: 'only series with these labels, as namespace="shop"' })
    .option('config', {
      ...{ type: 'string', requiresArg: true },
      describe: 'configuration of draintrace nightly: its Prometheus, selector and profile, where no flag gives them',
    })
    .option('out', {
      ...{ type: 'string', requiresArg: true },
      describe: 'folder for all that is gathered; default: incident-TIME. A folder of an earlier run is completed',
    })
    .option('plan', {
      ...{ type: 'boolean', default: false },
      describe: 'print the calls, what each may settle, its cost and rights; make none',
    })
    .option('yes', { alias: 'y', type: 'boolean', default: false, describe: 'do not ask before the first call' })
    .options(zoneOptions)
    .option('wait', waitOption);
}

/** Returns the question of the flags, null without any time: then the folder knows it. Throws CliError. */
export function incidentQuestion(args: IncidentArguments, now: Micros, zone: Zone = UTC): IncidentQuestion | null {
  if (args.lb !== undefined && args.targetGroup !== undefined) {
    throw new CliError('--lb and --target-group: give one of them, a target group knows its load balancer', EXIT.usage);
  }
  for (const [flag, word] of [['lb', args.lb] as const, ['target-group', args.targetGroup] as const]) {
    if (word === undefined || /^(?:arn:aws[\w-]*:elasticloadbalancing:[\w:/.-]+|[A-Za-z0-9-]{1,32})$/.test(word))
      continue;
    throw new CliError(`--${flag} ${word} is neither a name nor an ARN: copy it from the console`, EXIT.usage);
  }
  if (args.cluster !== undefined && !/^[A-Za-z0-9][\w-]{0,99}$/.test(args.cluster)) {
    throw new CliError(`--cluster ${args.cluster} is no name of an EKS cluster`, EXIT.usage);
  }
  if (args.prometheus !== undefined && parsePrometheusUrl(args.prometheus) === null) {
    const shown = redactedUrl(args.prometheus);
    throw new CliError(`--prometheus ${shown} is no address: write it as prometheus+http://host:9090`, EXIT.usage);
  }
  const given = [args.at, args.last, args.from ?? args.to].filter((word) => word !== undefined);
  if (given.length > 1) throw new CliError('--at, --last, and --from with --to: give one of them', EXIT.usage);
  const window = windowOf(args, now, zone);
  if (window === null) return null;
  if (window.from >= window.to) throw reversedWindow(args);
  if (window.from >= now) throw new CliError('the window lies in the future: nothing is known of it yet', EXIT.usage);
  return { lb: args.lb ?? null, targetGroup: args.targetGroup ?? null, cluster: args.cluster ?? null, ...window };
}

function windowOf(
  { at, last, from, to }: IncidentArguments,
  now: Micros,
  zone: Zone,
): { from: Micros; to: Micros } | null {
  if (at !== undefined) {
    const time = timeOption(at, 'at', now, zone)!;
    return { from: time - AROUND, to: time + AROUND };
  }
  if (last !== undefined) {
    const start = parseTypedTime(`-${last}`, now);
    if (start === null || start >= now)
      throw new CliError(`--last ${last} is not a time span: write it as 1h or 30m`, EXIT.usage);
    return { from: start, to: now };
  }
  if (from === undefined && to === undefined) return null;
  if (from === undefined) throw new CliError('--to needs --from: the start of the window', EXIT.usage);
  return { from: timeOption(from, 'from', now, zone)!, to: timeOption(to, 'to', now, zone) ?? now };
}

/** Returns the region of the flag, else of the ARN in the question; null without either. */
export function regionAsked(region: string | undefined, { lb, targetGroup }: IncidentQuestion): string | null {
  return region ?? /^arn:[^:]+:elasticloadbalancing:([a-z0-9-]+):/.exec(lb ?? targetGroup ?? '')?.[1] ?? null;
}

/** Returns the arguments with what the configuration knows, where no flag gives it. Throws CliError. */
export function withConfig(
  args: IncidentArguments,
  env: Readonly<Record<string, string | undefined>>,
): IncidentArguments {
  if (args.config === undefined) return args;
  const { sources, evidence, selector, profile } = readConfig(args.config, env, {});
  const found = [...evidence, ...sources].find((place) => /^prometheus\+/i.test(place));
  const known = { prometheus: args.prometheus ?? found, selector: args.selector ?? selector };
  return { ...args, ...known, profile: args.profile ?? profile };
}
