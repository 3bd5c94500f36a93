/** `make accuracy`: compares verdicts with the truth and writes docs/accuracy.md. Exits with 1 if a bar is missed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../test/cli.ts';
import { EVIDENCE_SETS, FAMILIES, type Family, incidents, kindNames, SEEDS_FOR_ONE } from './accuracy/grid.ts';
import { runLoops } from './accuracy/loop.ts';
import { type Loop, missedLoops } from './accuracy/loop-bar.ts';
import { missedTaskLoops, runTaskLoops, taskLoopSection, taskWorlds } from './accuracy/loop-task.ts';
import { type LoopWorld, loopWorlds } from './accuracy/loop-world.ts';
import { loopSection, pageOf, sectionOf, storiesOf } from './accuracy/page.ts';
import { missed, notReached, score } from './accuracy/score.ts';
import { ask, type Prepared, prepare } from './accuracy/world.ts';
import { wrongLine } from './accuracy/wrong.ts';

const SEEDS = '2';

const { values } = parseArgs({
  options: {
    /** The last seed. Each seed from `first` on gives one incident of each kind. */
    seeds: { type: 'string', default: SEEDS },
    first: { type: 'string', default: '1' },
    kind: { type: 'string', multiple: true },
    set: { type: 'string', multiple: true },
    /** `only`: just the closed loops of the advice; `ecs`: just that of services of ECS; `none`: everything else. */
    loop: { type: 'string', default: 'too' },
    /** Only these worlds of the loop, by name (`loop-18`) or title. */
    world: { type: 'string', multiple: true },
    /** Write docs/accuracy.md even for a partial run. */
    page: { type: 'boolean', default: false },
    /** File for wrong verdicts, one JSON a line. */
    wrong: { type: 'string' },
    /** File for unsettled failures, one JSON a line. */
    unsettled: { type: 'string' },
    /** Folder in which each incident's files are kept. */
    keep: { type: 'string' },
  },
});

/** Returns the worlds of these names, or all. Throws an Error for an unknown name. */
function worldsOf(names: readonly string[] | undefined): LoopWorld[] {
  const all = loopWorlds();
  if (names === undefined) return all;
  return names.map((name) => {
    const world = all.find(({ scenario }) => scenario.name === name || scenario.title === name);
    if (!world) throw new Error(`there is no world ${name}`);
    return world;
  });
}

const isWhole =
  !values.kind &&
  !values.set &&
  values.seeds === SEEDS &&
  values.first === '1' &&
  values.loop === 'too' &&
  !values.world;
const sets = values.loop === 'only' || values.loop === 'ecs' ? [] : (values.set ?? Object.keys(EVIDENCE_SETS));
const sections: string[] = [];
const broken: string[] = [];
const open: string[] = [];
const wrong: string[] = [];
const unsettled: string[] = [];
let requests = 0;
let count = 0;

for (const family of FAMILIES) {
  const own = sets.filter((set) => EVIDENCE_SETS[set]!.family === family);
  if (own.length > 0) await measure(family, own);
}

/** Plays the incidents of a family, and scores the verdicts from each set of evidence. */
async function measure(family: Family, own: readonly string[]): Promise<void> {
  const names = kindNames(family);
  const kinds = values.kind === undefined ? names : values.kind.filter((kind) => names.includes(kind));
  const first = Number(values.first);
  const seeds = (Number(values.seeds) - first + 1) * SEEDS_FOR_ONE[family];
  const all = incidents(first + seeds - 1, kinds, first);
  if (all.length === 0) return;
  count += all.length;
  const kept = values.keep === undefined ? null : resolve(values.keep, family);
  const prepared: Prepared = await prepare(all, join(ROOT, 'bench', 'data', 'accuracy', family), kept);
  requests += prepared.requests;
  const amounts = `${all.length} incidents, ${prepared.requests} requests, ${prepared.truths.length} failures`;
  process.stdout.write(`${family}: ${amounts}\n`);
  for (const set of own) {
    const result = score(prepared.truths, await ask(prepared, set));
    const section = sectionOf(set, result);
    sections.push(section);
    broken.push(...missed(set, result, EVIDENCE_SETS[set]!.bar));
    open.push(...notReached(set, result, EVIDENCE_SETS[set]!.bar));
    for (const one of result.wrong) wrong.push(wrongLine(set, one, prepared.incidentOf.get(one.truth.trace_id)!));
    for (const one of result.unsettled) {
      unsettled.push(wrongLine(set, one, prepared.incidentOf.get(one.truth.trace_id)!));
    }
    process.stdout.write(`\n${section}`);
  }
}
let loops: Loop[] = [];
let taskSection = '';
if (values.loop !== 'none' && !values.world) {
  const taskLoops = await runTaskLoops(taskWorlds(), join(ROOT, 'bench', 'data', 'loop-ecs'));
  broken.push(...missedTaskLoops(taskLoops));
  taskSection = taskLoopSection(taskLoops);
  process.stdout.write(`\n${taskSection}\n`);
}
if (values.loop !== 'none' && values.loop !== 'ecs') {
  const worlds = worldsOf(values.world);
  loops = await runLoops(worlds, join(ROOT, 'bench', 'data', 'loop'));
  broken.push(...missedLoops(loops, worlds.length));
  process.stdout.write(`\n${loopSection(loops)}\n`);
}
if (values.wrong) writeFileSync(values.wrong, wrong.join(''));
if (values.unsettled) writeFileSync(values.unsettled, unsettled.join(''));
if (isWhole || values.page) {
  const args = `${values.first === '1' ? '' : `--first ${values.first} `}--seeds ${values.seeds}${values.loop === 'too' ? '' : ` --loop ${values.loop}`}`;
  const run = { first: Number(values.first), last: Number(values.seeds), args };
  const file = join(ROOT, 'docs', 'accuracy.md');
  const page = pageOf(count, requests, sections, loops, run, taskSection);
  writeFileSync(file, `${page}${storiesOf(readFileSync(file, 'utf8'))}`);
}
for (const sentence of open) process.stdout.write(`not reached yet: ${sentence}\n`);
for (const sentence of broken) process.stdout.write(`missed: ${sentence}\n`);
process.stdout.write(broken.length === 0 ? 'all bars are met\n' : `${broken.length} bars are missed\n`);
process.exitCode = broken.length === 0 ? 0 : 1;
