/** Measures the listing of one hour of one of 50 load balancers, by `load`'s own source, against a server in this process. */

import { s3Source } from '../src/source/s3.ts';
import { listAll } from '../test/s3/ask.ts';
import { crowdedKeys } from '../test/s3/crowd.ts';
import { StandIn } from '../test/s3/stand-in.ts';

export interface NarrowFigure {
  keys: number;
  objects: number;
  requests: number;
}

const WINDOW = { from: Date.UTC(2026, 10, 22, 10) * 1000, to: Date.UTC(2026, 10, 22, 11) * 1000 };

/** Lists from the root of a bucket, where only the load balancer's name is known, with the usual look-back of two days. */
export async function narrowFigure(): Promise<NarrowFigure> {
  const server = new StandIn();
  const endpointUrl = await server.start();
  try {
    const keys = crowdedKeys(['', 'conn_log_', 'health_check_log_']);
    for (const key of keys) server.put('logs', key, '');
    const selection = {
      ...{ window: WINDOW, accounts: [], regions: [], logs: [] },
      ...{ loadBalancers: ['lb-7'], lookBackDays: 2 },
    };
    const access = { endpointUrl, region: null, profile: null, env: server.env() };
    const { objects } = await listAll(s3Source({ bucket: 'logs', prefix: '' }, selection, access));
    return { keys: keys.length, objects: objects.length, requests: server.arrived.length };
  } finally {
    await server.stop();
  }
}
