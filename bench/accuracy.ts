/** `make accuracy`: verdicts against the truth, and docs/accuracy.md. Exits with 1 when a bar is missed. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../test/cli.ts';
import { EVIDENCE_SETS, incidents } from './accuracy/grid.ts';
import { loopScenarios, runLoops } from './accuracy/loop.ts';
import { type Loop, missedLoops } from './accuracy/loop-bar.ts';
import { loopSection, pageOf, sectionOf } from './accuracy/page.ts';
import { missed, score } from './accuracy/score.ts';
import { ask, prepare } from './accuracy/world.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2' },
    scenario: { type: 'string', multiple: true },
    set: { type: 'string', multiple: true },
    /** Only the closed loop of the advice, or all but it. */
    loop: { type: 'string', default: 'too' },
    /** Where disagreements are listed, one JSON a line. */
    wrong: { type: 'string' },
  },
});

const isWhole = !values.scenario && !values.set && values.seeds === '2' && values.loop === 'too';
const all = values.loop === 'only' ? [] : incidents(Number(values.seeds), values.scenario);
const prepared = await prepare(all, join(ROOT, 'bench', 'data', 'accuracy'));
process.stdout.write(`${all.length} incidents, ${prepared.requests} requests, ${prepared.truths.length} failures\n`);

const sections: string[] = [];
const broken: string[] = [];
const wrong: unknown[] = [];
for (const set of values.loop === 'only' ? [] : (values.set ?? Object.keys(EVIDENCE_SETS))) {
  const result = score(prepared.truths, await ask(prepared, set));
  const section = sectionOf(set, result);
  sections.push(section);
  broken.push(...missed(set, result));
  for (const [kind, cases] of Object.entries({ cause: result.wrongCauses, mechanism: result.wrongMechanisms })) {
    for (const one of cases) wrong.push({ set, kind, ...one });
  }
  process.stdout.write(`\n${section}`);
}
let loops: Loop[] = [];
if (values.loop !== 'none') {
  loops = await runLoops(loopScenarios(), join(ROOT, 'bench', 'data', 'loop'));
  broken.push(...missedLoops(loops));
  process.stdout.write(`\n${loopSection(loops)}\n`);
}
if (values.wrong) writeFileSync(values.wrong, wrong.map((one) => `${JSON.stringify(one)}\n`).join(''));
if (isWhole) writeFileSync(join(ROOT, 'docs', 'accuracy.md'), pageOf(all.length, prepared.requests, sections, loops));
for (const sentence of broken) process.stdout.write(`missed: ${sentence}\n`);
process.stdout.write(broken.length === 0 ? 'all bars are met\n' : `${broken.length} bars are missed\n`);
process.exitCode = broken.length === 0 ? 0 : 1;
