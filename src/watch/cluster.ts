/** Chooses the API server and the identity: those of kubectl, or those of the pod that draintrace runs in. */
import { existsSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { SourceError } from '../source/source.ts';

export interface Cluster {
  server: URL;
  /** TLS settings and headers of one request; made again each time, because tokens expire. */
  options(): Promise<RequestOptions>;
}

export interface ClusterChoice {
  kubeconfig: string | null;
  context: string | null;
  inCluster: boolean;
  env: Readonly<Record<string, string | undefined>>;
}

/**
 * Returns the chosen API server: `--kubeconfig`, KUBECONFIG or ~/.kube/config with its current context, else the pod's service
 * account. Loads only the client's configuration module, a sixtieth of the client. Throws SourceError.
 */
export async function openCluster(choice: ClusterChoice): Promise<Cluster> {
  const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js');
  let config: KubeConfig;
  const where = choice.inCluster ? 'the service account of this pod' : describe(choice);
  try {
    config = load(() => new KubeConfig(), choice);
  } catch (cause) {
    if (cause instanceof SourceError) throw cause;
    // A reader of YAML shows the lines around its error, and they may hold a token.
    const [message] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw new SourceError(`${where} cannot be read (${message}); check --kubeconfig or KUBECONFIG`, where, true, {
      cause,
    });
  }
  if (choice.context !== null) {
    if (config.getContextObject(choice.context) === null) {
      const known = config.getContexts().map(({ name }) => name);
      const hint = known.length > 0 ? `it has ${known.slice(0, 10).join(', ')}` : 'it has none';
      throw new SourceError(`${where} has no context ${choice.context}: ${hint}`, where, true);
    }
    config.setCurrentContext(choice.context);
  }
  const server = config.getCurrentCluster()?.server;
  if (!server || !URL.canParse(server)) {
    throw new SourceError(`${where} names no API server; choose one with --context or --kubeconfig`, where, true);
  }
  return { server: new URL(server), options: () => optionsOf(config, where) };
}

async function optionsOf(config: KubeConfig, where: string): Promise<RequestOptions> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new SourceError(
      `${where} gives no credentials (${message.slice(0, 300)}); try kubectl get pods`,
      where,
      true,
      {
        cause,
      },
    );
  }
  // The client's agent is made for HTTPS, even if the server does not use it.
  if (config.getCurrentCluster()?.server.startsWith('http:')) delete options.agent;
  return options;
}

/** Every pod that has a service account has this file. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount/token';

const HOW = 'set KUBECONFIG (or --kubeconfig) to the file that kubectl uses, or give --in-cluster in a pod';

/** Returns the file that kubectl reads if no other is named. */
const ownKubeconfig = (env: ClusterChoice['env']): string =>
  join(env.HOME || env.USERPROFILE || homedir(), '.kube', 'config');

function load(make: () => KubeConfig, { kubeconfig, inCluster, env }: ClusterChoice): KubeConfig {
  const config = make();
  if (inCluster) {
    config.loadFromCluster();
    return config;
  }
  const [first, ...others] = (kubeconfig ?? env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  if (first === undefined) {
    const own = ownKubeconfig(env);
    if (existsSync(own)) config.loadFromFile(own);
    else if (existsSync(SERVICE_ACCOUNT)) config.loadFromCluster();
    else {
      // The client would take localhost:8080 instead, where no API server is.
      const looked = `KUBECONFIG is not set, and ${own} does not exist`;
      throw new SourceError(`no kubeconfig was found (${looked}); ${HOW}`, 'kubeconfig', true);
    }
    return config;
  }
  config.loadFromFile(first);
  for (const file of others) {
    const more = make();
    more.loadFromFile(file);
    config.mergeConfig(more);
  }
  return config;
}

function describe({ kubeconfig, env }: ClusterChoice): string {
  if (kubeconfig !== null) return `--kubeconfig ${kubeconfig}`;
  return env.KUBECONFIG ? `KUBECONFIG ${env.KUBECONFIG}` : 'The kubeconfig';
}
