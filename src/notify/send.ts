/** Sends a message to one target: a few tries, a time limit, and no word of the answer, which may repeat the secret address. */
import { Aws } from '../gather/aws.ts';
import { AwsError } from '../gather/aws-error.ts';
import { messageJson, type RunMessage } from '../report/message.ts';
import { messageMetrics } from '../report/message-metrics.ts';
import { slackMessage } from '../report/message-slack.ts';
import { teamsMessage } from '../report/message-teams.ts';
import { topicMessage } from '../report/message-text.ts';
import { backoffMs, type Patience } from '../source/retry.ts';
import { SECOND_MS } from '../time/time.ts';
import type { HookTarget, NotifyTarget } from './target.ts';

const TIMEOUT_MS = 10 * SECOND_MS;
const TRIES = 3;
/** A server may ask to wait longer; a run does not. */
const LONGEST_WAIT_MS = 30 * SECOND_MS;

/** A target that did not take the message. The message is one sentence without secrets. */
export class SendError extends Error {
  override name = 'SendError';
}

/** The surroundings of sending. */
export interface Sending {
  env: Readonly<Record<string, string | undefined>>;
  profile: string | null;
  patience: Patience;
  /** ISO 8601, UTC. */
  sentAt: string;
  /** OpenMetrics text of the run; null means that of the message. */
  metrics: string | null;
}

/** Sends the message. Throws SendError, or the signal's reason. */
export async function sendMessage(
  target: NotifyTarget,
  message: RunMessage,
  sending: Sending,
  signal: AbortSignal,
): Promise<void> {
  if (target.kind !== 'sns') return post(target, bodyOf(target, message, sending), sending.patience, signal);
  const { subject, body } = topicMessage(message, sending.sentAt);
  const access = { endpointUrl: null, region: target.region, profile: sending.profile, env: sending.env };
  // A FIFO topic wants a group, and an id where it does not look at the content.
  const fifo: Record<string, string> = target.arn.endsWith('.fifo')
    ? {
        MessageGroupId: 'draintrace',
        MessageDeduplicationId: `${message.command}-${sending.sentAt}`.replace(/[^\w-]/g, '-'),
      }
    : {};
  try {
    const aws = new Aws(target.region, access, { ...sending.patience, tries: TRIES });
    const parameters = { TopicArn: target.arn, Subject: subject, Message: body, MessageStructure: 'json', ...fifo };
    await aws.query('sns', 'Publish', parameters, signal);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new SendError(`${target.shown} did not take the message: ${error.message}`, { cause: error });
  }
}

interface Body {
  method: 'POST' | 'PUT';
  type: string;
  text: string;
}

const JSON_TYPE = 'application/json; charset=utf-8';

function bodyOf({ kind }: HookTarget, message: RunMessage, { sentAt, metrics }: Sending): Body {
  if (kind === 'slack') return { method: 'POST', type: JSON_TYPE, text: slackMessage(message) };
  if (kind === 'teams') return { method: 'POST', type: JSON_TYPE, text: teamsMessage(message) };
  if (kind === 'webhook') return { method: 'POST', type: JSON_TYPE, text: messageJson(message, sentAt) };
  // PUT replaces all metrics of the group, so that no cause of an earlier run stays.
  return { method: 'PUT', type: 'text/plain; version=0.0.4', text: metrics ?? messageMetrics(message, sentAt) };
}

async function post(target: HookTarget, body: Body, patience: Patience, signal: AbortSignal): Promise<void> {
  for (let tried = 1; ; tried++) {
    signal.throwIfAborted();
    const { problem, mayHelp, waitMs } = await once(target, body, signal);
    if (problem === null) return;
    if (!mayHelp || tried >= TRIES) throw new SendError(`${target.shown} did not take the message: ${problem}`);
    await patience.sleep(Math.min(LONGEST_WAIT_MS, waitMs ?? backoffMs(tried, patience.random)), signal);
  }
}

interface Tried {
  /** null when the message was taken. */
  problem: string | null;
  mayHelp: boolean;
  waitMs: number | null;
}

async function once({ url, headers }: HookTarget, { method, type, text }: Body, signal: AbortSignal): Promise<Tried> {
  try {
    const response = await fetch(url, {
      method,
      headers: { ...headers, 'content-type': type },
      body: text,
      // Another server would get the message, and the headers.
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    await response.body?.cancel();
    if (response.ok) return { problem: null, mayHelp: false, waitMs: null };
    const { status } = response;
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    return {
      problem: `its server answered ${status}`,
      mayHelp: status === 429 || status >= 500,
      waitMs: seconds >= 0 ? seconds * SECOND_MS : null,
    };
  } catch (error) {
    signal.throwIfAborted();
    const { name, cause } = error as Error;
    const code = (cause as { code?: unknown } | undefined)?.code;
    const isSlow = name === 'TimeoutError';
    const why = typeof code === 'string' && /^[A-Z_]+$/.test(code) ? code : name;
    return {
      problem: isSlow
        ? `its server did not answer in ${TIMEOUT_MS / SECOND_MS} s`
        : `its server cannot be reached (${why})`,
      mayHelp: true,
      waitMs: null,
    };
  }
}
