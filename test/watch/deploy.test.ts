/** deploy/ allows exactly the requests of watching: compares real calls with the rules. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import { PATIENCE } from '../../src/source/retry.ts';
import { S3Bucket } from '../../src/source/s3-bucket.ts';
import { Balancer } from '../../src/watch/balancer.ts';
import { Uploader } from '../../src/watch/upload.ts';
import { freshFolder, ROOT } from '../cli.ts';
import { beginWatch, filesOf, stopAll, until } from './capture.ts';
import { makePod } from './pod.ts';
import { StandInApi } from './stand-in-api.ts';
import { StandInBalancer } from './stand-in-balancer.ts';
import { ENV, makeTask, StandInEcs } from './stand-in-ecs.ts';

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

const MANIFEST = readFileSync(join(ROOT, 'deploy/watch.yaml'), 'utf8');
const objects = parseAllDocuments(MANIFEST).map(
  (document) => document.toJS() as Record<string, unknown> & { kind: string },
);

test('a watch of everything, uploaded, uses each right of deploy/ and no other', async () => {
  const api = new StandInApi();
  const elb = new StandInBalancer();
  elb.groups.set('k8s-shop-a', [{ ip: '10.0.0.1', port: 8080, state: 'healthy' }]);
  const ecs = new StandInEcs();
  ecs.put(
    makeTask('a'.repeat(32), {
      containerInstanceArn: 'arn:aws:ecs:eu-central-1:111122223333:container-instance/prod/i1',
    }),
  );
  ecs.services.set('web', { serviceArn: 'arn:aws:ecs:eu-central-1:111122223333:service/prod/web', clusterArn: 'prod' });
  const stored = new Map<string, number>();
  const s3 = createServer(async (request, response) => {
    let size = 0;
    for await (const chunk of request) size += (chunk as Buffer).length;
    stored.set(`${request.method} ${request.url!.split('?')[0]}`, size);
    response.writeHead(200, { etag: '"x"' }).end();
  });
  await new Promise<void>((done) => s3.listen(0, '127.0.0.1', done));
  const access = { region: 'eu-central-1', profile: null, env: ENV };
  const bucket = new S3Bucket(
    'evidence',
    { ...access, endpointUrl: `http://127.0.0.1:${(s3.address() as AddressInfo).port}` },
    PATIENCE,
    () => {},
  );
  const balancer = new Balancer({ ...access, endpointUrl: await elb.start() });
  const folder = freshFolder();
  try {
    const server = await api.start();
    api.put('pods', makePod('api-1'));
    const uploader = new Uploader(bucket, 'draintrace', PATIENCE, () => {});
    const watch = beginWatch(server, folder, {
      namespaces: [],
      nodes: true,
      selector: 'app=api',
      balancer,
      targetGroups: ['k8s-*'],
      ecs: { places: [{ cluster: 'prod', service: null }], access: { ...access, endpointUrl: await ecs.start() } },
      uploader,
    });
    await until(
      () =>
        api.watching === 4 &&
        elb.asked.some(({ action }) => action === 'DescribeTargetHealth') &&
        ecs.count('DescribeServices') > 0,
      'all of it',
    );
    api.put('pods', makePod('api-1', { labels: {} }));
    await until(() => api.asked.some(({ verb }) => verb === 'get'), 'a get');
    await delay(50);
    await watch.stop();
    assert.deepEqual(await uploader.close(5000), []);

    const called = new Set(api.asked.map(({ group, resource, verb }) => `${group}/${resource} ${verb}`));
    const { rules } = objects.find(({ kind }) => kind === 'ClusterRole') as unknown as { rules: Rule[] };
    const allowed = rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`)),
      ),
    );
    assert.deepEqual([...called].sort(), allowed.sort());

    const policy = JSON.parse(readFileSync(join(ROOT, 'deploy/iam-watch.json'), 'utf8')) as {
      Statement: { Action: string | string[] }[];
    };
    const puts = [...stored.keys()].filter((key) =>
      /^PUT \/evidence\/draintrace\/\d{4}\/\d\d\/\d\d\/.*\.jsonl\.gz$/.test(key),
    );
    assert.equal(puts.length, stored.size, 'nothing but PutObject below the prefix');
    const actions = new Set([
      ...elb.asked.map(({ action }) => `elasticloadbalancing:${action}`),
      ...ecs.asked.map(({ action }) => `ecs:${action}`),
      's3:PutObject',
    ]);
    assert.deepEqual([...actions].sort(), policy.Statement.flatMap(({ Action }) => Action).sort());
    // pods, endpointslices, events, nodes, targets, target-groups, tasks and services.
    assert.equal(puts.length, 8);
    const page = readFileSync(join(ROOT, 'docs/permissions.md'), 'utf8');
    const own = [...page.matchAll(/```json\n([\s\S]*?)```/g)]
      .map(([, text]) => text!)
      .find((text) => text.includes('ecs:'))!;
    const { Statement } = JSON.parse(own) as { Statement: { Action: string[] }[] };
    assert.deepEqual(
      Statement.flatMap(({ Action }) => Action).sort(),
      [...actions].filter((action) => action.startsWith('ecs:')).sort(),
      'docs/permissions.md',
    );
    assert.deepEqual(filesOf(folder, 'pods-all'), [], 'what is in the bucket is no longer here');
  } finally {
    stopAll();
    await Promise.all([api.stop(), elb.stop(), ecs.stop(), balancer.close(), bucket.close()]);
    s3.closeAllConnections();
    s3.close();
  }
});

test('the manifest binds the rules to the account that the pod runs as', () => {
  const named = (pattern: RegExp) => [...MANIFEST.matchAll(pattern)].map(([, name]) => name);
  assert.deepEqual(
    objects.map(({ kind }) => kind),
    ['Namespace', 'ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Deployment'],
  );
  assert.deepEqual(named(/serviceAccountName: (\S+)/g), ['draintrace-watch']);
  assert.deepEqual(named(/kind: ServiceAccount\n {4}name: (\S+)\n {4}namespace: draintrace\n/g), ['draintrace-watch']);
});
