/** A `load` that is killed anywhere and run again gives the same database as one without a kill. `make test-kill` kills more often. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { freshFolder } from '../cli.ts';
import { StandIn } from '../s3/stand-in.ts';
import { killAgainAndAgain, killObjects } from './kill.ts';

/** Kills for each of the two sources. */
const KILLS = Number(process.env.KILLS ?? 6);

test(`killed ${KILLS} times at random moments, load from files ends with the same database`, async (t) => {
  const folder = freshFolder();
  const logs = join(folder, 'logs');
  mkdirSync(logs);
  for (const [name, body] of killObjects()) writeFileSync(join(logs, name), body);
  t.diagnostic(await killAgainAndAgain({ source: [logs], env: {}, folder }, KILLS));
});

test(`killed ${KILLS} times at random moments, load from S3 ends with the same database`, async (t) => {
  const server = new StandIn();
  const endpoint = await server.start();
  try {
    for (const [name, body] of killObjects()) server.put('logs', name, body);
    const source = ['s3://logs/', '--endpoint-url', endpoint];
    t.diagnostic(await killAgainAndAgain({ source, env: server.env(), folder: freshFolder() }, KILLS));
  } finally {
    await server.stop();
  }
});
