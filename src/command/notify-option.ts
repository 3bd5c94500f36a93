/** `--notify`: tells chats, webhooks and metrics what a run came to. */
import { readFileSync } from 'node:fs';
import { type NotifyTarget, parseTarget, TargetError } from '../notify/target.ts';
import { emptyMessage, type RunMessage } from '../report/message.ts';
import { printable } from '../report/text.ts';
import { formatMillis } from '../time/time.ts';
import type { Effects } from './command.ts';
import { CliError, EXIT, exitCodeOf } from './error.ts';

/** When a chat is told: metrics are always pushed, because an old value would stand for the new one. */
export const NOTIFY_WHEN = ['news', 'always'] as const;
export type NotifyWhen = (typeof NOTIFY_WHEN)[number];

export interface NotifyArguments {
  notify: string[];
  notifyWhen: NotifyWhen;
}

export const notifyOption = {
  type: 'string',
  array: true,
  nargs: 1,
  default: [] as string[],
  describe:
    'tell slack, teams, webhook or openmetrics, as slack:env:NAME or slack:file:PATH, or a topic as sns:ARN; repeatable',
} as const;

export const notifyWhenOption = {
  choices: NOTIFY_WHEN,
  default: 'news' as const,
  describe: 'tell of runs that found or missed something, or of each',
} as const;

/** Tells the targets of one run. */
export class Notifier {
  readonly #targets: readonly NotifyTarget[];
  readonly #when: NotifyWhen;
  readonly #profile: string | null;
  readonly #effects: Effects;
  /** Whether every message so far was taken. */
  delivered = true;

  /** Reads the secrets at once: a wrong target is told before the work. Throws CliError. */
  constructor(args: NotifyArguments, profile: string | null, effects: Effects) {
    const secrets = { env: effects.env, read: (path: string): string => readFileSync(path, 'utf8') };
    try {
      this.#targets = args.notify.map((text) => parseTarget(text, secrets));
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      throw new CliError(`--notify: ${error.message}`, EXIT.usage, { cause: error });
    }
    this.#when = args.notifyWhen;
    this.#profile = profile;
    this.#effects = effects;
  }

  /** Sends the message to each target that wants it. What is not taken is told on stderr, and remembered. */
  async send(message: RunMessage, metrics: string | null = null): Promise<void> {
    const wanted = this.#targets.filter(
      ({ kind }) => kind === 'openmetrics' || this.#when === 'always' || message.outcome !== 'passed',
    );
    if (wanted.length === 0) return;
    const [{ SendError, sendMessage }, { PATIENCE }] = await Promise.all([
      import('../notify/send.ts'),
      import('../source/retry.ts'),
    ]);
    const { env, signal } = this.#effects;
    const sending = {
      env,
      profile: this.#profile,
      patience: PATIENCE,
      sentAt: formatMillis(this.#effects.now()),
      metrics,
    };
    await Promise.all(
      wanted.map(async (target) => {
        try {
          await sendMessage(target, message, sending, signal);
        } catch (error) {
          if (!(error instanceof SendError) && !signal.aborted) throw error;
          this.delivered = false;
          const sentence = signal.aborted ? `${target.shown} was not told: interrupted` : (error as Error).message;
          await this.#effects.stderr.write(`draintrace: ${printable(sentence)}\n`);
        }
      }),
    );
  }

  /** Returns the exit code of the run: a message that nobody took is an output that could not be written. */
  codeOf(code: number): number {
    return code === EXIT.ok && !this.delivered ? EXIT.output : code;
  }
}

/** Returns the message of a run that ended with an error. */
export function failedMessage(command: RunMessage['command'], error: unknown): RunMessage {
  const { message } = error as Error;
  return {
    ...emptyMessage(command, 'the run failed'),
    outcome: 'failed',
    exit_code: exitCodeOf(error),
    error: message,
  };
}
