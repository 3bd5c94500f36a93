/** Opens the source that a command line argument names. */
import { constants, openSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, resolve } from 'node:path';
import { redactedUrl } from '../evidence/redact.ts';
import type { Micros } from '../time/time.ts';
import { type Path, pathOfUri, shownPath, uriOfPath } from './file-url.ts';
import {
  type InventoryPlace,
  inventorySource,
  localInventoryFile,
  type ReadInventoryParquet,
} from './inventory-source.ts';
import type { Selection } from './key.ts';
import { localSource, whyUnreadable } from './local.ts';
import { parseS3Url, type S3Location } from './plan.ts';
import { prometheusSource } from './prometheus.ts';
import { parsePrometheusUrl } from './prometheus-plan.ts';
import type { Patience } from './retry.ts';
import { type Note, s3Source } from './s3.ts';
import type { Access } from './s3-client.ts';
import { type Source, SourceError } from './source.ts';
import { streamSource } from './stdin.ts';

export interface SourceOptions extends Pick<Selection, 'window' | 'accounts' | 'regions' | 'loadBalancers' | 'logs'> {
  /** Days after the window (beyond the first) in which late deliveries are searched. Default 0. */
  lookBackDays?: number;
  /** Endpoint of another S3. Default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the configuration files. */
  endpointUrl?: string;
  /** Region for S3 requests. Default: the first of `regions`, AWS_REGION, AWS_DEFAULT_REGION, the configuration files. */
  region?: string;
  profile?: string;
  /** Label matchers for Prometheus, as between braces. */
  selector?: string;
  /** Default: process.env. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Tries and idle time for S3. */
  patience?: Partial<Patience>;
  note?: Note;
  /** Folder for the copy of input that can be read only once. Default: the system's temporary folder. */
  spoolDirectory?: string;
  /** Reads an inventory in Parquet; without it no inventory is read. */
  readParquet?: ReadInventoryParquet;
  stdin: NodeJS.ReadableStream;
  now(): Micros;
}

/**
 * Returns the source that `argument` names: `s3://bucket/prefix`, `prometheus+http://host:9090`, `-` for standard input, else a
 * file or folder (a path or `file://` url). Throws SourceError for an invalid url, and for a Prometheus without a window;
 * other errors appear when the source is listed.
 */
export function openSource(argument: string, options: SourceOptions): Source {
  const { window, accounts, regions, loadBalancers, logs, lookBackDays = 0 } = options;
  const selection: Selection = { window, accounts, regions, loadBalancers, logs, lookBackDays };
  const shown = redactedUrl(argument);
  if (argument === '-') return streamSource(options.stdin, 'stdin', options.now, options.spoolDirectory);
  if (/^s3:/i.test(argument)) {
    const place = parseS3Url(argument);
    if (place === null) {
      throw new SourceError(`${shown} is no S3 url; write it as s3://bucket/prefix`, shown, true);
    }
    return orInventory(bucketSource(place, selection, options), place.prefix, selection, options, (manifest, { key }) =>
      bucketSource({ bucket: manifest.destinationBucket ?? place.bucket, prefix: key }, EVERYTHING, options),
    );
  }
  if (/^prometheus\+/i.test(argument)) {
    const place = parsePrometheusUrl(argument, options.selector);
    if (place === null) {
      const how =
        'write it as prometheus+http://host:9090 or prometheus+https://host/path, without a name and password';
      throw new SourceError(`${shown} is no Prometheus url; ${how}`, shown, true);
    }
    if (window === null || window.from === null || window.to === null) {
      throw new SourceError(`${shown} needs --from and --to: the window to ask for`, shown, true);
    }
    const asked = { from: window.from, to: window.to };
    const env = options.env ?? process.env;
    return prometheusSource(place, asked, env, options.now, options.patience, options.profile ?? null);
  }
  const path = /^file:\/\//i.test(argument) ? pathOfUri(argument) : argument;
  if (path === null) {
    const how = 'write it as file:///path, a % in a name as %25';
    throw new SourceError(`${shown} is no url of a file on this machine; ${how}`, shown, true);
  }
  const pipe = openPipe(path);
  if (pipe) return streamSource(pipe, basename(shownPath(path)), options.now, options.spoolDirectory);
  const named = shownPath(path);
  return orInventory(localSource(path, selection), named, selection, options, (_, file) =>
    localSource(localInventoryFile(resolve(named), file), EVERYTHING),
  );
}

const EVERYTHING: Selection = {
  ...{ window: null, accounts: [], regions: [], loadBalancers: [], logs: [] },
  lookBackDays: 0,
};

function bucketSource(place: S3Location, selection: Selection, options: SourceOptions): Source {
  const access: Access = {
    endpointUrl: options.endpointUrl ?? null,
    region: options.region ?? options.regions[0] ?? null,
    profile: options.profile ?? null,
    env: options.env ?? process.env,
  };
  return s3Source(place, selection, access, options.note, options.patience);
}

/** Returns the source itself, or, for one named manifest.json, the source that reads it if it is the manifest of an inventory. */
function orInventory(
  source: Source,
  name: string,
  selection: Selection,
  options: SourceOptions,
  open: InventoryPlace['open'],
): Source {
  const { readParquet, spoolDirectory = tmpdir() } = options;
  if (readParquet === undefined || !/(?:^|\/)manifest\.json$/.test(name)) return source;
  const bucket = (of: string): Source => bucketSource({ bucket: of, prefix: '' }, EVERYTHING, options);
  return inventorySource(source, { selection, spoolDirectory, open, bucket, readParquet });
}

/**
 * Returns the stream of a named pipe, as a shell makes for <(command), which can be read only once; null for anything else.
 * Opens it without waiting for a writer: a waiting open holds a thread, and the process cannot end before that thread.
 */
function openPipe(path: Path): NodeJS.ReadableStream | null {
  if (!isPipe(path)) return null;
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return new Socket({ fd, readable: true, writable: false });
  } catch (cause) {
    throw new SourceError(whyUnreadable(path, cause), uriOfPath(path), true, { cause });
  }
}

function isPipe(path: Path): boolean {
  try {
    return statSync(path).isFIFO();
  } catch {
    // Listing the path reports the reason.
    return false;
  }
}
