/** Everything that a simulation leaves behind, file by file. */
import type { Simulation } from '../simulate.ts';
import { isoSeconds } from '../time.ts';
import { type Truth, TruthTeller } from '../truth.ts';
import { AccessLog, Objects } from './access-log.ts';
import { ndjson, type OutFile } from './file.ts';
import { printWatch } from './pod-watch.ts';
import { printTargetHealth } from './target-health.ts';

export interface Written {
  files: OutFile[];
  requests: number;
  truths: Truth[];
}

/** Walks the requests once and returns all files: `logs/`, `evidence/`, truth.ndjson and the scenario itself. */
export function writeSimulation(simulation: Simulation): Written {
  const { scenario, world, health, seed } = simulation;
  const log = new AccessLog(scenario, world.albNodes, seed);
  const teller = new TruthTeller(world.registrations, scenario.port);
  const objects = new Objects();
  const truths: Truth[] = [];
  let requests = 0;
  for (const exchange of simulation.exchanges) {
    const traceId = log.traceId(exchange, requests++);
    objects.add(log.key(exchange.wish.albNode, exchange.time), exchange.time, log.line(exchange, traceId));
    const truth = teller.tell(exchange, traceId);
    if (truth) truths.push(truth);
  }
  const files: OutFile[] = [...objects.texts()].map(([key, text]) => ({ path: `logs/${key}`, text }));
  const taken = isoSeconds(world.captured).replaceAll(':', '-');
  files.push(
    { path: `evidence/pods@${taken}.json`, text: printWatch(scenario, world) },
    { path: 'evidence/target-health.json', text: printTargetHealth(scenario, world, health) },
    { path: 'truth.ndjson', text: ndjson(truths) },
    { path: 'scenario.json', text: `${JSON.stringify({ ...scenario, seed }, null, 2)}\n` },
  );
  return { files, requests, truths };
}
