/** The question of a gathering, its scope as it becomes known, and what each step had. Pure. */
import type { Micros } from '../time/time.ts';

/** The question: whose failures, and of when. */
export interface IncidentQuestion {
  /** Load balancer by name or ARN, else target group by name or ARN; both null where the account has but one balancer. */
  lb: string | null;
  targetGroup: string | null;
  /** EKS cluster, where no tag names it. */
  cluster: string | null;
  /** Microseconds, [from, to). */
  from: Micros;
  to: Micros;
}

/** A target group of the incident. */
export interface IncidentGroup {
  arn: string;
  name: string;
  /** `ip`, `instance`, `lambda` or `alb`. */
  targetType: string;
  tags: Record<string, string>;
  /** Deregistration delay. */
  drainSeconds: number;
  /** Ids of the targets registered now: addresses or instances. */
  targets: string[];
}

/** Findings of the first steps that later ones need. Kept in gathered.json, so that a resumed run need not ask again. */
export interface Scope {
  account: string | null;
  balancers: { arn: string; name: string; attributes: Record<string, string> }[];
  groups: IncidentGroup[];
  /** EKS cluster that the tags name. */
  cluster: string | null;
  /** ARN and API server of that cluster, and the kinds of control plane log that are on. */
  clusterArn: string | null;
  clusterEndpoint: string | null;
  clusterLogs: string[];
  /** Services of ECS that send to the groups. */
  services: { cluster: string; arn: string }[];
}

export const emptyScope = (): Scope => ({
  account: null,
  balancers: [],
  groups: [],
  cluster: null,
  clusterArn: null,
  clusterEndpoint: null,
  clusterLogs: [],
  services: [],
});

/** A thing that could not be had. */
export interface Gap {
  what: string;
  reason: string;
  /** The one thing that switches it on, or gets it, the next time. */
  next: string;
  /** It failed, so another run may have it: no right, throttling, no network. Otherwise it is not there to be had. */
  failed: boolean;
}

/** Outcome of a step that ran. */
export interface Outcome {
  /** Names of the files in the folder. */
  files: string[];
  /** One phrase: what was gathered. Empty if nothing was. */
  detail: string;
  gaps: Gap[];
  /** The answer will be another one soon, such as logs that are still to come: a resumed run asks again. */
  again?: boolean;
}

export const nothing = (...gaps: Gap[]): Outcome => ({ files: [], detail: '', gaps });
