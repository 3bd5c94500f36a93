/** Helpers that read from a source. */
import type { Selection } from '../../src/source/key.ts';
import { parseS3Url } from '../../src/source/plan.ts';
import type { Patience } from '../../src/source/retry.ts';
import { s3Source } from '../../src/source/s3.ts';
import type { Failed, Source, SourceObject } from '../../src/source/source.ts';

export const EVERYTHING: Selection = {
  window: null,
  accounts: [],
  regions: [],
  loadBalancers: [],
  logs: [],
  lookBackDays: 0,
};

export const micros = (iso: string): number => Date.parse(iso) * 1000;

/** Result of a listing. */
export interface Asked {
  objects: SourceObject[];
  /** Count by reason. */
  skipped: Record<string, number>;
  failed: Failed[];
}

export async function listAll(source: Source, signal = new AbortController().signal): Promise<Asked> {
  const asked: Asked = { objects: [], skipped: {}, failed: [] };
  for await (const one of source.list(signal)) {
    if ('object' in one) asked.objects.push(one.object);
    else if ('failed' in one) asked.failed.push(one.failed);
    else asked.skipped[one.skipped.reason] = (asked.skipped[one.skipped.reason] ?? 0) + 1;
  }
  return asked;
}

export interface Server {
  endpoint: string;
  env: Record<string, string>;
}

/** Opens a source that does not wait between tries. */
export function ask(
  url: string,
  server: Server,
  selection: Partial<Selection> = {},
  patience: Partial<Patience> = {},
  note: (text: string) => void = () => {},
): Source {
  const access = { endpointUrl: server.endpoint, region: null, profile: null, env: server.env };
  const hurried = { sleep: async () => {}, idleMs: 1000, ...patience };
  return s3Source(parseS3Url(url)!, { ...EVERYTHING, ...selection }, access, note, hurried);
}

/** Returns the key of an access log as AWS forms it, below `root`, delivered on `delivered` (a date). */
export function logKey(
  root: string,
  endTime: string,
  options: Partial<Record<'account' | 'region' | 'lb' | 'ip' | 'kind' | 'delivered', string>> = {},
) {
  const {
    account = '111122223333',
    region = 'eu-west-1',
    lb = 'app.web.0123456789abcdef',
    ip = '10.0.0.1',
    kind = '',
  } = options;
  const stamp = endTime.replace(/[-:]/g, '').replace(/^(\d{8}T\d{4}).*$/, '$1Z');
  const day = (options.delivered ?? endTime).slice(0, 10).replaceAll('-', '/');
  return `${root}AWSLogs/${account}/elasticloadbalancing/${region}/${day}/${kind}${account}_elasticloadbalancing_${region}_${lb}_${stamp}_${ip}_abc123.log.gz`;
}
