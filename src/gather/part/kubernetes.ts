/** The cluster as it is now, through the kubeconfig: what `watch` records, once, and the settings of workloads and bindings. */

import { formatTime } from '../../time/time.ts';
import { Api, ApiError, type KubernetesList, type KubernetesObject } from '../../watch/api.ts';
import type { Cluster } from '../../watch/cluster.ts';
import { StateCache } from '../../watch/state-cache.ts';
import { CONTAINER_SHAPE, NODES, pick, RESOURCES, type Resource, type Shape } from '../../watch/trim.ts';
import { gapOf } from '../gap.ts';
import { type Gap, nothing, type Outcome } from '../outcome.ts';
import type { Gathering } from '../step.ts';

interface SettingKind {
  root: string;
  plural: string;
  apiVersion: string;
  kind: string;
}

const apps = (kind: string, plural: string): SettingKind => ({
  ...{ root: '/apis/apps/v1', plural, apiVersion: 'apps/v1', kind },
});

/** Kinds of which settings are read. */
const SETTING_KINDS: readonly SettingKind[] = [
  { root: '/api/v1', plural: 'services', apiVersion: 'v1', kind: 'Service' },
  apps('Deployment', 'deployments'),
  apps('ReplicaSet', 'replicasets'),
  apps('StatefulSet', 'statefulsets'),
  {
    ...{ root: '/apis/elbv2.k8s.aws/v1beta1', plural: 'targetgroupbindings' },
    ...{ apiVersion: 'elbv2.k8s.aws/v1beta1', kind: 'TargetGroupBinding' },
  },
];

const SETTINGS: Shape = {
  metadata: {
    ...{ name: true, namespace: true, uid: true, creationTimestamp: true, deletionTimestamp: true },
    ownerReferences: { apiVersion: true, kind: true, name: true, uid: true, controller: true },
    annotations: {
      'alb.ingress.kubernetes.io/target-group-attributes': true,
      'alb.ingress.kubernetes.io/load-balancer-attributes': true,
      'service.beta.kubernetes.io/aws-load-balancer-target-group-attributes': true,
      'service.beta.kubernetes.io/aws-load-balancer-attributes': true,
    },
  },
  spec: {
    ...{ replicas: true, minReadySeconds: true, strategy: true, updateStrategy: true },
    ...{ type: true, ports: true, selector: true, externalTrafficPolicy: true },
    ...{ targetGroupARN: true, targetGroupName: true, serviceRef: true, targetType: true },
    template: {
      metadata: { labels: true },
      spec: {
        ...{ hostNetwork: true, terminationGracePeriodSeconds: true, readinessGates: true },
        ...{ containers: CONTAINER_SHAPE, initContainers: CONTAINER_SHAPE },
      },
    },
  },
};

export async function gatherKubernetes(gathering: Gathering): Promise<Outcome> {
  const { scope, cluster, folder, now, signal } = gathering;
  if (scope.cluster === null && !cluster.isNamed) {
    const isElsewhere = scope.groups.length > 0 && scope.services.length > 0;
    const isKnown = scope.groups.length > 0;
    if (isElsewhere || (isKnown && scope.groups.every(({ targetType }) => targetType === 'lambda'))) return nothing();
    return nothing({
      what: 'pods, Events and nodes of Kubernetes',
      reason: isKnown
        ? 'no tag of the target groups names a cluster, and no context was given'
        : 'the target groups are not known, and no context was given',
      next: 'if pods stand behind them, give --context',
      failed: false,
    });
  }
  const opened = await cluster.open();
  const other = otherCluster(opened, gathering);
  if (other !== null) return nothing(other);
  const api = new Api(opened, now);
  const all = nothing();
  const counts: string[] = [];
  const list = async (words: string, file: string, work: () => Promise<{ text: string; items: number }>) => {
    try {
      const { text, items } = await work();
      if (await folder.write(file, [text])) all.files.push(file);
      counts.push(`${items} ${words}`);
    } catch (error) {
      signal.throwIfAborted();
      // Without credentials, or without the server, nothing can be listed.
      if (!(error instanceof ApiError)) throw error;
      // A cluster without the controller has no bindings.
      if (error.status === 404) return;
      const gap = gapOf(error, `${words} of the cluster`);
      const isDenied = error.status === 401 || error.status === 403;
      all.gaps.push(isDenied ? { ...gap, next: `allow list of ${words}: kubectl auth can-i list ${words} -A` } : gap);
    }
  };
  const namespaces = cluster.namespaces;
  for (const resource of [...RESOURCES, NODES]) {
    await list(resource.name, `cluster/${resource.name}.jsonl`, async () => {
      const places = resource === NODES || namespaces.length === 0 ? [null] : namespaces;
      let text = '';
      let items = 0;
      for (const namespace of places) {
        const found = await api.list(pathOf(resource.root, resource.name, namespace), null, signal);
        const cache = new StateCache(resource as Resource, `${resource.name} ${namespace ?? ''}`);
        text += cache.takeList({ ...found, items: found.items.filter((item) => resource.wanted(item)) });
        items += found.items.length;
      }
      return { text, items };
    });
  }
  for (const kind of SETTING_KINDS) {
    await list(kind.plural, `cluster/${kind.plural}.jsonl`, async () => {
      let text = '';
      let items = 0;
      for (const namespace of namespaces.length === 0 ? [null] : namespaces) {
        const found = await api.list(pathOf(kind.root, kind.plural, namespace), null, signal);
        text += settingsLine(kind, found);
        items += found.items.length;
      }
      return { text, items };
    });
  }
  return { ...all, detail: counts.join(', ') };
}

const pathOf = (root: string, plural: string, namespace: string | null): string =>
  namespace === null ? `${root}/${plural}` : `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`;

/** Environment, arguments and all other annotations, which may hold secrets, stay in the cluster. */
function settingsLine({ apiVersion, kind }: SettingKind, { items, askedAt, answeredAt }: KubernetesList): string {
  const trimmed = items.map((item) => ({ apiVersion, kind, ...(pick(item, SETTINGS) as KubernetesObject) }));
  const object = { apiVersion: 'v1', kind: 'List', items: trimmed };
  return `${JSON.stringify({ capturedAt: formatTime(askedAt), answeredAt: formatTime(answeredAt), object })}\n`;
}

/** A current context may be of any cluster: evidence of another one would accuse the wrong pods. */
function otherCluster({ server }: Cluster, { scope, cluster }: Gathering): Gap | null {
  const what = 'pods, Events and nodes of Kubernetes';
  if (cluster.isNamed) return null;
  const next = `give --context of cluster ${scope.cluster} (aws eks update-kubeconfig --name ${scope.cluster})`;
  if (scope.clusterEndpoint === null) {
    const reason = 'the address of the cluster is not known, so nothing shows that the current context is of it';
    return { what, reason, next, failed: true };
  }
  if (hostOf(scope.clusterEndpoint) === server.host) return null;
  return { what, reason: `the current context is of another cluster (${server.host})`, next, failed: true };
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : '');
