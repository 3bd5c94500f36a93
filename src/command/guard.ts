/** Refuses user statements that would end the process, or block it for minutes, before the engine can. */
import { tokensOf } from '../query/token.ts';
import { SqlError } from '../store/error.ts';

/** With more threads, the engine takes minutes to start them. */
const MOST_THREADS = 1024;

/** Throws SqlError for a harmful statement. */
export function refuseHarmful(sql: string): void {
  const tokens = tokensOf(sql).filter(({ kind }) => kind !== 'blank' && kind !== 'comment');
  // A log writer that may not write its file ends the process, wherever its function is called.
  const calls = tokens.some(
    ({ kind, text }, i) =>
      (kind === 'text' && /enable_logging/i.test(text)) ||
      (/^"?enable_logging"?$/i.test(text) && tokens[i + 1]?.text === '('),
  );
  if (calls) throw new SqlError('enable_logging is not available here: its log would be mixed with the answers');
  const words = tokens.map(({ text }) => text.replace(/^["'](.*)["']$/s, '$1').toLowerCase()).join(' ');
  const threads = /\b(?:set|pragma)(?: (?:global|session|local))? (?:worker_)?threads (?:=|to) (\d+)/.exec(words)?.[1];
  if (threads !== undefined && Number(threads) > MOST_THREADS) {
    throw new SqlError(`${threads} threads are more than any machine can use: at most ${MOST_THREADS}`);
  }
}
