/** The control plane of EKS: which cluster it is, its audit log, and the controllers' logs of Container Insights. */
import { groupedCount } from '../../number/count.ts';
import { AwsError } from '../aws-error.ts';
import { gapOf } from '../gap.ts';
import { type Gap, nothing, type Outcome } from '../outcome.ts';
import { scrubAuditRecord } from '../scrub.ts';
import type { Gathering } from '../step.ts';
import { cutGap, writeLogEvents } from './log-group.ts';

/** A name of a cluster goes into a path and into names of log groups. */
const CLUSTER = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/;

/** Returns the cluster of the target groups, null if their tags name none that could be one. */
const clusterOf = ({ scope: { cluster } }: Gathering): string | null =>
  cluster !== null && CLUSTER.test(cluster) ? cluster : null;

export async function gatherEks(gathering: Gathering): Promise<Outcome> {
  const { scope, signal } = gathering;
  const cluster = clusterOf(gathering);
  if (cluster === null) {
    if (scope.groups.length > 0) return nothing();
    return nothing({
      what: 'logs of the cluster',
      reason: 'the target groups are not known, and so whether a cluster is behind them',
      next: 'give --cluster and --context, if pods are the targets',
      failed: false,
    });
  }
  const answer = await gathering.aws!.get('eks', 'DescribeCluster', `/clusters/${cluster}`, signal);
  const found = (answer.cluster ?? {}) as {
    arn?: string;
    endpoint?: string;
    logging?: { clusterLogging?: { types?: string[]; enabled?: boolean }[] };
  };
  scope.clusterArn = typeof found.arn === 'string' ? found.arn : null;
  scope.clusterEndpoint = typeof found.endpoint === 'string' ? found.endpoint : null;
  const logging = Array.isArray(found.logging?.clusterLogging) ? found.logging.clusterLogging : [];
  scope.clusterLogs = logging.flatMap(({ types, enabled }) =>
    enabled && Array.isArray(types) ? types.map(String) : [],
  );
  return { files: [], detail: `cluster ${cluster}, logs on: ${scope.clusterLogs.join(', ') || 'none'}`, gaps: [] };
}

/** Changes of pods, bindings and evictions included, and deletions of nodes. */
const CHANGES =
  '{ (($.objectRef.resource = "pods") && ($.verb != "get") && ($.verb != "list") && ($.verb != "watch")) || (($.objectRef.resource = "nodes") && ($.verb = "delete")) }';

export async function gatherAuditLog(gathering: Gathering): Promise<Outcome> {
  const cluster = clusterOf(gathering);
  if (cluster === null) return nothing();
  const what = `audit log of cluster ${cluster}`;
  const { clusterLogs, clusterArn } = gathering.scope;
  const next = `aws eks update-cluster-config --name ${cluster} --logging '{"clusterLogging":[{"types":["audit"],"enabled":true}]}'`;
  const file = 'cluster/audit-log.jsonl';
  // It may have been on then and be off now, so the group is asked in any case.
  const question = {
    group: `/aws/eks/${cluster}/cluster`,
    streamPrefix: 'kube-apiserver-audit',
    pattern: CHANGES,
    change: scrubAuditRecord,
  };
  const read = await writeLogEvents(file, question, gathering);
  const isOff = clusterArn !== null && !clusterLogs.includes('audit');
  if (read === null || (read.events === 0 && isOff)) {
    return nothing({ what, reason: 'it is not switched on', next, failed: false });
  }
  if (read.events === 0) {
    const reason = 'it has no change of a pod in the window';
    return nothing({ what, reason, next: 'check the retention of the log group', failed: false });
  }
  return { files: [file], detail: groupedCount(read.events, 'record'), gaps: read.isCut ? [cutGap(what)] : [] };
}

/** Pods whose lines are asked for, by the beginning of their names. */
const CONTROLLERS: readonly (readonly [pod: string, words: string, instead: string])[] = [
  [
    'aws-load-balancer-controller',
    'log of the load balancer controller',
    'kubectl logs -n kube-system -l app.kubernetes.io/name=aws-load-balancer-controller --tail=-1 --timestamps > controller.log',
  ],
  ['karpenter', 'log of Karpenter', 'kubectl logs -n kube-system deployment/karpenter --timestamps > karpenter.log'],
];

export async function gatherControllerLogs(gathering: Gathering): Promise<Outcome> {
  const cluster = clusterOf(gathering);
  if (cluster === null) return nothing();
  const group = `/aws/containerinsights/${cluster}/application`;
  const all = nothing();
  const counts: string[] = [];
  for (const [pod, words, instead] of CONTROLLERS) {
    try {
      const file = `cluster/${pod}-log.jsonl`;
      const read = await writeLogEvents(file, { group, pattern: `{ $.kubernetes.pod_name = "${pod}*" }` }, gathering);
      if (read !== null && read.events > 0) {
        all.files.push(file);
        counts.push(`${groupedCount(read.events, 'line')} of ${pod}`);
        if (read.isCut) all.gaps.push(cutGap(words));
        continue;
      }
      const reason = read === null ? `there is no log group ${group}` : `${group} has no line of it in the window`;
      all.gaps.push({ what: words, reason, next: instead, failed: false });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      all.gaps.push(gapOf(error, words) satisfies Gap);
    }
  }
  return { ...all, detail: counts.join(', ') };
}
