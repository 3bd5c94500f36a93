/** The namespace and the workload that advice is asked of, as people copy them from answers. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { ask } from './ask.ts';
import { CliError, EXIT } from './error.ts';
import { unknownWord } from './option.ts';

/** The targets whose settings are advised. */
interface Subject {
  namespace: string | undefined;
  workload: string | undefined;
}

/** A ReplicaSet, as some answers name the workload: the Deployment and a hash. */
const REPLICA_SET = /^(.+)-[a-z0-9]{6,10}$/;

/** Returns the namespace and the workload, of a ReplicaSet its Deployment. Throws CliError for one that no known target is of. */
export async function knownSubject(connection: DuckDBConnection, { namespace, workload }: Subject): Promise<Subject> {
  const subject: Subject = { namespace, workload };
  if (namespace === undefined && workload === undefined) return subject;
  const rows = await ask(connection, 'advise-names');
  // Without any name nothing can be a typo: what is missing is said as ever.
  if (rows.length === 0) return subject;
  for (const [flag, typed, column] of [
    ['namespace', namespace, 'namespace'],
    ['workload', workload, 'deployment'],
  ] as const) {
    const known = [...new Set(rows.flatMap((row) => (row[column] === null ? [] : [String(row[column])])))];
    if (typed === undefined || known.length === 0 || known.includes(typed)) continue;
    const deployment = flag === 'workload' ? REPLICA_SET.exec(typed)?.[1] : undefined;
    if (deployment !== undefined && known.includes(deployment)) {
      subject.workload = deployment;
      continue;
    }
    throw unknownWord(`--${flag} ${typed}: no target of that ${flag} is known`, typed, known.slice(0, 10));
  }
  return subject;
}

/** Returns the workload, which is taken as answers print it too: `shop/catalog` is catalog of the namespace shop. Throws CliError. */
export function namedSubject(args: Subject): Subject {
  const [, namespace, workload] = /^([^/]+)\/([^/]+)$/.exec(args.workload ?? '') ?? [];
  if (namespace === undefined || workload === undefined) return args;
  if (args.namespace !== undefined && args.namespace !== namespace) {
    throw new CliError(
      `--workload ${args.workload} is not of --namespace ${args.namespace}: leave --namespace out`,
      EXIT.usage,
    );
  }
  return { namespace, workload };
}
