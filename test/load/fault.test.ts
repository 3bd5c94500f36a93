import { StandIn } from '../s3/stand-in.ts';
import { faultSuite } from './fault-suite.ts';

faultSuite('S3 of one process', async () => {
  const server = new StandIn();
  const endpoint = await server.start();
  return {
    endpoint,
    env: server.env(),
    put: async (key, body) => server.put('logs', key, body),
    remove: async (key) => {
      server.buckets.get('logs')!.delete(key);
    },
    close: () => server.stop(),
  };
});
