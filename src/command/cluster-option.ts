/** Flags of the commands that read the live cluster and its target groups. */
import type { Argv } from 'yargs';
import { SetupError } from '../source/s3-error.ts';
import { SourceError } from '../source/source.ts';
import { Balancer } from '../watch/balancer.ts';
import { type Cluster, openCluster } from '../watch/cluster.ts';
import { RecordError } from '../watch/journal.ts';
import type { Effects, GlobalArguments } from './command.ts';
import { CliError, EXIT } from './error.ts';

export interface ClusterArguments extends GlobalArguments {
  kubeconfig: string | undefined;
  context: string | undefined;
  inCluster: boolean;
  namespace: string[];
  selector: string | undefined;
  targetGroup: string[];
  region: string | undefined;
  profile: string | undefined;
}

const KUBERNETES = 'Kubernetes:';
const AWS = 'AWS:';

/** Adds the flags that select pods and target groups. */
export function liveOptions<T>(yargs: Argv<T>): Argv<T> {
  return yargs
    .option('kubeconfig', { type: 'string', group: KUBERNETES, describe: 'KUBECONFIG or ~/.kube/config if not given' })
    .option('context', { type: 'string', group: KUBERNETES, describe: 'context of the kubeconfig' })
    .option('in-cluster', {
      type: 'boolean',
      default: false,
      group: KUBERNETES,
      describe: 'use the service account of the pod in which this command runs',
    })
    .option('namespace', {
      alias: 'n',
      type: 'string',
      array: true,
      default: [],
      group: KUBERNETES,
      describe: 'only these namespaces; default: all',
    })
    .option('selector', { alias: 'l', type: 'string', group: KUBERNETES, describe: 'only pods with these labels' })
    .option('target-group', {
      type: 'string',
      array: true,
      default: [],
      group: AWS,
      describe: 'ARN or name of a target group; k8s-shop-* means every name with that beginning',
    })
    .option('region', { type: 'string', group: AWS, describe: 'region of target groups given by name' })
    .option('profile', { type: 'string', group: AWS, describe: 'profile of the AWS configuration' }) as Argv<T>;
}

/** Returns the cluster that the flags choose. */
export function clusterOption(args: ClusterArguments, { env }: Effects): Promise<Cluster> {
  return openCluster({
    kubeconfig: args.kubeconfig ?? null,
    context: args.context ?? null,
    inCluster: args.inCluster,
    env,
  });
}

/** Returns the client for target groups, null if none is selected. */
export function balancerOption(args: ClusterArguments, { env }: Effects): Balancer | null {
  if (args.targetGroup.length === 0) return null;
  const bad = args.targetGroup.find((word) => !/^(?:arn:[\w:/.-]+|[A-Za-z0-9*-]{1,64})$/.test(word));
  if (bad !== undefined) {
    throw new CliError(`--target-group ${bad} is neither an ARN nor a name: copy it from the console`, EXIT.usage);
  }
  return new Balancer({ endpointUrl: null, region: args.region ?? null, profile: args.profile ?? null, env });
}

/** Runs work on cluster, AWS or bucket. Turns their errors into a sentence and exit code 3. */
export async function orExplain<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SourceError || error instanceof SetupError) {
      const code = error instanceof RecordError ? EXIT.output : EXIT.source;
      throw new CliError(error.message, code, { cause: error });
    }
    throw error;
  }
}
