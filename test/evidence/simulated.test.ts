/** The readers' facts about simulated clusters are true: every interval contains the time of its event. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namedScenario, scenarioNames } from '../../src/command/scenario.ts';
import type { PodFact } from '../../src/evidence/fact.ts';
import { isEvidenceKind } from '../../src/evidence/kind.ts';
import { readEvidence } from '../../src/evidence/read.ts';
import { recognise } from '../../src/evidence/recognise.ts';
import { runCluster } from '../../src/simulate/cluster.ts';
import type { Scenario } from '../../src/simulate/scenario.ts';
import type { World } from '../../src/simulate/world.ts';
import { printAuditLog } from '../../src/simulate/write/audit-log.ts';
import { printEndpointSlices } from '../../src/simulate/write/endpoint-slice.ts';
import { printEvents } from '../../src/simulate/write/kubernetes-event.ts';
import { printMetrics } from '../../src/simulate/write/metric.ts';
import { printWatch } from '../../src/simulate/write/pod-watch.ts';
import { SECOND, wrongIn } from './truth.ts';

interface Source {
  kind: string;
  print(scenario: Scenario, world: World): string;
  /** Events that the source must report for every pod deleted and gone within the capture, and the widest allowed interval. */
  tells: Partial<Record<PodFact['event'], (scenario: Scenario) => number>>;
  hasAddress: boolean;
}

const seconds = (n: number) => () => n * SECOND;
const scrape = ({ scrapeSeconds }: Scenario) => (scrapeSeconds + 0.1) * SECOND;

const SOURCES: Source[] = [
  {
    kind: 'kubectl_pods_json',
    print: printWatch,
    tells: { deleted: seconds(1), gone: seconds(Infinity) },
    hasAddress: true,
  },
  { kind: 'kubernetes_events_json', print: printEvents, tells: { stopping: seconds(1) }, hasAddress: false },
  { kind: 'endpointslices_json', print: printEndpointSlices, tells: { deleted: seconds(Infinity) }, hasAddress: true },
  {
    kind: 'kubernetes_audit_log',
    print: printAuditLog,
    tells: { deleted: seconds(0.1), gone: seconds(0.1) },
    hasAddress: true,
  },
  {
    kind: 'prometheus_json',
    print: (...all) => printMetrics(...all).answers,
    tells: { gone: scrape },
    hasAddress: true,
  },
];

for (const { kind, print, tells, hasAddress } of SOURCES) {
  test(`${kind}: what is said of simulated pods is true, and as much as the source can say`, () => {
    let checked = 0;
    for (const name of scenarioNames()) {
      const scenario = namedScenario(name);
      const world = runCluster(scenario, 11);
      const text = print(scenario, world);
      // Nothing happened that such a source would report.
      if (text === '') continue;
      assert.equal(recognise(text.slice(0, 65_536), 'x').kind, kind);
      assert.ok(isEvidenceKind(kind));
      const context = { capturedAt: world.captured, modifiedAt: null, timezoneMinutes: 0, name: 'x' };
      const reading = readEvidence(kind, text, context);
      assert.deepEqual(reading.rejected, [], name);
      const pods = new Map(world.pods.map((pod) => [pod.uid, pod]));
      const facts = reading.facts.filter((fact): fact is PodFact => fact.kind === 'pod');
      const wrong = facts.flatMap((fact) => {
        const pod = pods.get(fact.uid ?? '');
        const why = pod ? wrongIn(fact, pod) : `no pod ${fact.uid} ${fact.name}`;
        return why === null ? [] : [`${name} ${fact.name} line ${fact.line}: ${why}`];
      });
      assert.deepEqual(wrong, []);
      for (const pod of world.pods) {
        // A dead node's kubelet reports nothing, and an event between two scrapes stays unknown.
        const lived = (pod.gone ?? 0) - pod.networked > 2 * scenario.scrapeSeconds * SECOND;
        const ended = pod.deleted !== null && pod.gone !== null && pod.gone < world.captured - scrape(scenario);
        if (pod.deleted! < world.starts || !ended || !lived || pod.ip === '' || pod.worker.lost !== null) continue;
        const own = facts.filter((fact) => fact.uid === pod.uid);
        for (const [event, width] of Object.entries(tells)) {
          const told = own.find((fact) => fact.event === event);
          assert.ok(told, `${name}: nothing tells that ${pod.name} was ${event}`);
          if (hasAddress) assert.equal(told.ip, pod.ip);
          assert.ok(
            (told.latest ?? Infinity) - (told.earliest ?? -Infinity) <= width(scenario),
            `${name} ${pod.name} ${event}`,
          );
          checked++;
        }
      }
    }
    assert.ok(checked > 50, `only ${checked} were checked`);
  });
}
