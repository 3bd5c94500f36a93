/** kube-state-metrics of the window, from the server or workspace that was named. */

import { redactedUrl } from '../../evidence/redact.ts';
import { groupedCount } from '../../number/count.ts';
import { makeScratch } from '../../publish/scratch.ts';
import { prometheusSource } from '../../source/prometheus.ts';
import { parsePrometheusUrl } from '../../source/prometheus-plan.ts';
import { nothing, type Outcome } from '../outcome.ts';
import { evidenceWindow, type Gathering } from '../step.ts';

export async function gatherPrometheus(gathering: Gathering): Promise<Outcome> {
  const { prometheus, folder, env, now, patience, profile, signal } = gathering;
  if (prometheus === null) {
    if (gathering.scope.cluster === null) return nothing();
    return nothing({
      what: 'kube-state-metrics of Prometheus',
      reason: 'no server was named',
      next: 'give --prometheus prometheus+http://HOST:9090, or --config of draintrace nightly that names one',
      failed: false,
    });
  }
  const place = parsePrometheusUrl(prometheus.url, prometheus.selector ?? '')!;
  const source = prometheusSource(place, evidenceWindow(gathering), env, now, patience, profile);
  const scratch = await makeScratch();
  const files: string[] = [];
  try {
    for await (const listed of source.list(signal)) {
      if (!('object' in listed)) continue;
      const { path } = await source.fetch(listed.object, scratch.path, signal);
      const name = `prometheus/metrics-${String(files.length + 1).padStart(3, '0')}.json`;
      await folder.take(name, path);
      files.push(name);
    }
  } finally {
    await scratch.remove();
  }
  return { files, detail: `${groupedCount(files.length, 'window')} of ${redactedUrl(prometheus.url)}`, gaps: [] };
}
