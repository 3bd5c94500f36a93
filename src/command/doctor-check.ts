/** The checks of `doctor`: each returns its finding and, for a problem, the fix. */
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { redacted, redactedUrl } from '../evidence/redact.ts';
import { count } from '../number/count.ts';
import { makeScratch } from '../publish/scratch.ts';
import { parseKey } from '../source/key.ts';
import { openSource } from '../source/open.ts';
import { SourceError } from '../source/source.ts';
import { openDatabase, StoreError } from '../store/database.ts';
import { HOUR, MINUTE, SECOND_MS } from '../time/time.ts';
import { Api, ApiError } from '../watch/api.ts';
import { Balancer, BalancerError } from '../watch/balancer.ts';
import { openCluster } from '../watch/cluster.ts';
import { ask } from './ask.ts';
import type { Effects } from './command.ts';

export type State = 'ok' | 'warn' | 'fail';

export interface Finding {
  check: string;
  state: State;
  found: string;
  /** The fix; empty without a problem. */
  fix: string;
}

const ok = (check: string, found: string): Finding => ({ check, state: 'ok', found, fix: '' });
const warn = (check: string, found: string, fix: string): Finding => ({ check, state: 'warn', found, fix });
const fail = (check: string, found: string, fix: string): Finding => ({ check, state: 'fail', found, fix });

/** A log is delivered some five minutes after its interval. This is late. */
const LATE_MINUTES = 20;
const LEAST_FREE = 2e9;

/** Splits one of our messages at the semicolon or colon before its advice. */
function split(check: string, message: string): Finding {
  const at = Math.max(message.lastIndexOf('; '), message.lastIndexOf(': '));
  return at < 0 ? fail(check, message, '') : fail(check, message.slice(0, at), message.slice(at + 2));
}

export function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const found = `Node ${process.versions.node}`;
  return major > 20 || (major === 20 && minor >= 19)
    ? ok('node', found)
    : fail('node', found, 'install Node 20.19 or newer');
}

export async function checkDatabase(db: string, effects: Effects): Promise<Finding> {
  const check = 'database';
  try {
    const database = await openDatabase(db, { readOnly: true, wait: 0, signal: effects.signal });
    try {
      const [row] = await ask(database.connection, 'doctor-objects');
      return ok(check, `${db}: ${count(Number(row!.objects), 'object')}, the latest row is of ${row!.latest} UTC`);
    } finally {
      database.close();
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return error.message.includes('does not exist')
      ? warn(check, `${db} does not exist yet`, 'draintrace load SOURCE creates it')
      : split(check, error.message);
  }
}

/** Returns whether the database holds evidence of ECS or instances, and none of Kubernetes. */
export async function isOutsideKubernetes(db: string, effects: Effects): Promise<boolean> {
  try {
    const database = await openDatabase(db, { readOnly: true, wait: 0, signal: effects.signal });
    try {
      const [row] = await ask(database.connection, 'doctor-outside-kubernetes');
      return row!.is_outside === true;
    } finally {
      database.close();
    }
  } catch (error) {
    if (error instanceof StoreError) return false;
    throw error;
  }
}

export async function checkDisk(db: string): Promise<Finding> {
  const folder = dirname(resolve(db));
  try {
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    const found = `${(free / 1e9).toFixed(1)} GB free in ${folder}`;
    return free < LEAST_FREE
      ? warn(
          'disk',
          found,
          'a database takes a tenth of the text it holds, its spool some 500 MB: free some, or choose another --db',
        )
      : ok('disk', found);
  } catch (error) {
    return fail('disk', `${folder}: ${(error as NodeJS.ErrnoException).code}`, 'choose another --db');
  }
}

export interface SourceChoice {
  region: string[];
  endpointUrl: string | undefined;
  profile: string | undefined;
}

/** Lists a source for the last three hours: credentials, the bucket, and whether logs arrive. Hides secrets in urls. */
export async function checkSource(argument: string, choice: SourceChoice, effects: Effects): Promise<Finding> {
  const { check, found, ...rest } = await lookAtSource(argument, choice, effects);
  return { ...rest, check: redactedUrl(check), found: redacted(found) };
}

async function lookAtSource(argument: string, choice: SourceChoice, effects: Effects): Promise<Finding> {
  if (argument.startsWith('prometheus+')) return checkPrometheus(argument, effects);
  const now = effects.now();
  try {
    const source = openSource(argument, {
      window: /^s3:/i.test(argument) ? { from: now - 3 * HOUR, to: null } : null,
      accounts: [],
      regions: choice.region,
      loadBalancers: [],
      logs: [],
      endpointUrl: choice.endpointUrl,
      profile: choice.profile,
      env: effects.env,
      stdin: effects.stdin,
      now: effects.now,
    });
    let objects = 0;
    let logs = 0;
    let latest = 0;
    try {
      for await (const listed of source.list(effects.signal)) {
        if ('failed' in listed) return split(argument, listed.failed.message);
        if (!('object' in listed)) continue;
        objects++;
        const key = parseKey(listed.object.uri);
        if (key.kind !== 'alb_access_log') continue;
        logs++;
        latest = Math.max(latest, key.endTime ?? 0);
      }
    } finally {
      await source.close?.();
    }
    return judgeDelivery(argument, objects, logs, latest, now);
  } catch (error) {
    if (error instanceof SourceError) return split(argument, error.message);
    throw error;
  }
}

function judgeDelivery(argument: string, objects: number, logs: number, latest: number, now: number): Finding {
  if (logs === 0) {
    return warn(
      argument,
      `can be listed; ${count(objects, 'object')}, none of them named as an ALB access log of the last three hours`,
      'check the prefix, and that access_logs.s3.enabled is true: aws elbv2 describe-load-balancer-attributes',
    );
  }
  const minutes = Math.floor((now - latest) / 60e6);
  const found = `can be listed; ${count(logs, 'access log')}, the latest ends ${count(minutes, 'minute')} ago`;
  return minutes > LATE_MINUTES && /^s3:/i.test(argument)
    ? warn(
        argument,
        found,
        'logs come some five minutes late: see whether the balancer has traffic, and whether logs are still enabled',
      )
    : ok(argument, found);
}

async function checkPrometheus(argument: string, effects: Effects): Promise<Finding> {
  const now = effects.now();
  const scratch = await makeScratch();
  try {
    const source = openSource(argument, {
      window: { from: now - MINUTE, to: now },
      accounts: [],
      regions: [],
      loadBalancers: [],
      logs: [],
      env: effects.env,
      patience: { tries: 1 },
      stdin: effects.stdin,
      now: effects.now,
    });
    for await (const listed of source.list(effects.signal)) {
      if ('object' in listed) await source.fetch(listed.object, scratch.path, effects.signal);
    }
    return ok(argument, 'answers queries');
  } catch (error) {
    if (error instanceof SourceError) return split(argument, error.message);
    throw error;
  } finally {
    await scratch.remove();
  }
}

/** Compares the local clock with a server's, because evidence and logs are compared by their clocks. */
export async function checkClock(text: string, effects: Effects): Promise<Finding> {
  const check = 'clock';
  if (!URL.canParse(text)) return warn(check, `${redactedUrl(text)} is no url`, 'correct it');
  const url = new URL(text);
  // The server shows the time to everybody, and fetch takes no name and password.
  url.username = url.password = '';
  try {
    const began = Date.now();
    const { headers } = await fetch(url, {
      method: 'HEAD',
      signal: AbortSignal.any([effects.signal, AbortSignal.timeout(5000)]),
    });
    // Servers print whole seconds: assuming the middle of a second keeps the error smallest.
    const said = Date.parse(headers.get('date') ?? '') + SECOND_MS / 2;
    if (Number.isNaN(said)) return warn(check, `${url.host} does not say its time`, '');
    const seconds = Math.round(((began + Date.now()) / 2 - said) / SECOND_MS);
    const found = `differs from that of ${url.host} by ${seconds} s`;
    return Math.abs(seconds) > 2
      ? warn(check, found, 'set the clock (NTP): watch and probe record its time')
      : ok(check, found);
  } catch (error) {
    const cause = (error as { cause?: { code?: string } }).cause?.code ?? (error as Error).name;
    return warn(check, `${url.host} does not answer (${cause})`, 'check the network');
  }
}

/** Checks whether any load balancer of the region writes access logs. */
export async function checkAccessLogs(choice: SourceChoice, effects: Effects): Promise<Finding> {
  const check = 'access logs';
  const access = {
    endpointUrl: null,
    region: choice.region[0] ?? null,
    profile: choice.profile ?? null,
    env: effects.env,
  };
  const balancer = new Balancer(access);
  try {
    const all = await balancer.accessLogs(effects.signal);
    const off = all.filter(({ bucket }) => bucket === null).map(({ name }) => name);
    if (all.length === 0)
      return warn(check, 'no Application Load Balancer in this region', 'choose another with --region');
    const found = `${all.length - off.length} of ${all.length} load balancers write access logs`;
    return off.length === 0
      ? ok(check, found)
      : warn(check, `${found}; not ${off.slice(0, 5).join(', ')}`, 'switch them on: access_logs.s3.enabled=true');
  } catch (error) {
    if (error instanceof BalancerError || error instanceof SourceError) {
      const finding = split(check, error.message);
      return { ...finding, state: 'warn' };
    }
    throw error;
  } finally {
    await balancer.close();
  }
}

/** Checks whether pods can be listed, as `watch` does. */
export async function checkKubernetes(effects: Effects): Promise<Finding> {
  const check = 'kubernetes';
  try {
    const cluster = await openCluster({ kubeconfig: null, context: null, inCluster: false, env: effects.env });
    // One pod is enough to show that listing is allowed.
    await new Api(cluster, effects.now).get('/api/v1/pods', { limit: '1' }, effects.signal);
    return ok(check, `${cluster.server.host} lists pods`);
  } catch (error) {
    if (error instanceof SourceError) return { ...split(check, error.message), state: 'warn' };
    const status = error instanceof ApiError ? error.status : null;
    if (status === 401 || status === 403) {
      return warn(
        check,
        `the API server refuses to list pods (${status})`,
        'draintrace needs get, list and watch of pods: deploy/watch.yaml has the rules',
      );
    }
    const { code, message } = error as NodeJS.ErrnoException;
    return warn(
      check,
      `the API server does not answer (${code ?? message})`,
      'try kubectl get pods; without a cluster, use other evidence',
    );
  }
}
