/**
 * Reads failures from query rows. A report holds hundreds of thousands of them, so failures with the same words share one object,
 * and the texts of which each failure has its own are read only for those that are listed.
 */
import type { Episode, Failure } from './incident.ts';
import { number, type Row, text } from './query-row.ts';

/** The fields that many failures have in common. */
type Common = Pick<
  Failure,
  | 'mechanism'
  | 'cause'
  | 'confidence'
  | 'other_cause'
  | 'elb_status_code'
  | 'target'
  | 'target_group'
  | 'pod'
  | 'kind'
  | 'pattern'
  | 'workload'
  | 'node'
  | 'path'
  | 'rollout'
>;

/** The fields that each failure has for itself. */
type Detail = Pick<
  Failure,
  'trace_id' | 'request_line' | 'seconds_after_deregistration' | 'seconds_after_exit' | 'because'
>;

const NO_DETAIL: Detail = {
  trace_id: null,
  request_line: null,
  seconds_after_deregistration: null,
  seconds_after_exit: null,
  because: '',
};

/** A failure of the database. Its place there is the object and the line. */
export class StoredFailure implements Failure {
  happening = 0;
  #detail = NO_DETAIL;

  constructor(
    readonly common: Common,
    readonly routed: number | null,
    readonly failed: number,
    readonly seconds_after_deletion: number | null,
    readonly object: number,
    readonly line: number,
  ) {}

  /** Gives it the texts of its own, from a row of report-failure-details. */
  setDetail(row: Row): void {
    this.#detail = {
      trace_id: text(row.trace_id),
      request_line: text(row.request_line),
      seconds_after_deregistration: number(row.seconds_after_deregistration),
      seconds_after_exit: number(row.seconds_after_exit),
      because: text(row.because) ?? '',
    };
  }

  get mechanism(): string {
    return this.common.mechanism;
  }
  get cause(): string | null {
    return this.common.cause;
  }
  get confidence(): string | null {
    return this.common.confidence;
  }
  get other_cause(): string | null {
    return this.common.other_cause;
  }
  get elb_status_code(): number {
    return this.common.elb_status_code;
  }
  get target(): string | null {
    return this.common.target;
  }
  get target_group(): string {
    return this.common.target_group;
  }
  get pod(): string | null {
    return this.common.pod;
  }
  get kind(): string | null {
    return this.common.kind;
  }
  get pattern(): string | null {
    return this.common.pattern;
  }
  get workload(): string | null {
    return this.common.workload;
  }
  get node(): string | null {
    return this.common.node;
  }
  get path(): string | null {
    return this.common.path;
  }
  get rollout(): string | null {
    return this.common.rollout;
  }
  get trace_id(): string | null {
    return this.#detail.trace_id;
  }
  get request_line(): string | null {
    return this.#detail.request_line;
  }
  get seconds_after_deregistration(): number | null {
    return this.#detail.seconds_after_deregistration;
  }
  get seconds_after_exit(): number | null {
    return this.#detail.seconds_after_exit;
  }
  get because(): string {
    return this.#detail.because;
  }

  toJSON(): Failure {
    const { routed, failed, seconds_after_deletion, happening } = this;
    return { routed, failed, ...this.common, happening, seconds_after_deletion, ...this.#detail };
  }
}

/** Returns the failure of a row of report-failures. Failures with one `known` share what they have in common. */
export function failureOf(row: Row, known: Map<string, Common> = new Map()): StoredFailure {
  const common: Common = {
    mechanism: text(row.mechanism) ?? 'other',
    cause: text(row.cause),
    confidence: text(row.confidence),
    other_cause: text(row.other_cause),
    elb_status_code: number(row.elb_status_code) ?? 0,
    target: targetName(row),
    target_group: groupName(text(row.target_group_arn)),
    pod: podName(row),
    kind: text(row.target_kind),
    pattern: text(row.pattern),
    workload: text(row.workload),
    node: text(row.node),
    path: pathTemplate(text(row.request_line)),
    rollout: text(row.rollout),
  };
  const key = Object.values(common).join('\0');
  const there = known.get(key) ?? common;
  if (there === common) known.set(key, common);
  return new StoredFailure(
    there,
    number(row.routed_ms),
    number(row.failed_ms) ?? 0,
    number(row.seconds_after_deletion),
    number(row.object_id) ?? 0,
    number(row.line) ?? 0,
  );
}

/** Returns when a failure's target was chosen, or when it failed where that is unknown. */
export const startOf = ({ routed, failed }: Failure): number => routed ?? failed;

/** Returns all failures of episodes, by lane. */
export const failuresOf = (episodes: readonly Episode[]): Failure[] =>
  episodes.flatMap(({ lanes, untargeted }) => [...lanes.flatMap(({ failures }) => failures), ...untargeted]);

/** Returns some failures of each target and each cause, so that a search finds every one of both. */
export function sampleOf(failures: readonly Failure[], most: number): Failure[] {
  const seen = new Map<string, number>();
  const ranked = failures.map((failure) => {
    const key = `${failure.target} ${failure.pod} ${failure.cause} ${failure.mechanism}`;
    const place = seen.get(key) ?? 0;
    seen.set(key, place + 1);
    return { failure, place };
  });
  return ranked
    .sort((a, b) => a.place - b.place)
    .slice(0, most)
    .map(({ failure }) => failure)
    .sort((a, b) => startOf(a) - startOf(b));
}

/** Returns the address of a row's target; null without one. */
export function targetName(row: Row): string | null {
  const ip = text(row.target_ip);
  return ip === null ? null : `${ip}:${row.target_port}`;
}

/** Returns the name of a row's pod, task or instance; null if it is not known. */
export function podName(row: Row): string | null {
  const namespace = text(row.pod_namespace);
  const name = text(row.pod_name);
  return text(row.target_name) ?? (name === null || namespace === null ? name : `${namespace}/${name}`);
}

/** Returns `name` for `arn:…:targetgroup/name/id`. */
export function groupName(arn: string | null): string {
  if (arn === null || arn === '') return 'no target group';
  return /targetgroup\/([^/]+)/.exec(arn)?.[1] ?? arn;
}

/** Segments of a path that name one thing, as in the view requests. */
const ID =
  /\/(?:[0-9]+|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|[0-9a-fA-F]{16,}|[^/]*[0-9]{4}[^/]*)(?=\/|$)/g;

/** Returns the path of `GET https://shop.example:443/cart/17?a=b HTTP/2.0` with ids folded: `/cart/{id}`. */
export function pathTemplate(requestLine: string | null): string | null {
  const path = /^\S+ [a-z]+:\/\/[^/?#\s]*(\/[^?#\s]*)/i.exec(requestLine ?? '')?.[1];
  return path === undefined ? null : path.replace(ID, '/{id}');
}
