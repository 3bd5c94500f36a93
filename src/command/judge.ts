/** The last stage of every command that loads: judging the failures, so that questions find their verdicts. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { dropJudged, isJudged, isSmall, judge } from '../store/judge.ts';
import type { Effects } from './command.ts';

/**
 * Judges what is loaded and returns the number of failures, or null if nothing was to be judged. `wanted` is whether to; undefined
 * means where it takes but a moment. What is loaded stays when this is interrupted: the next load judges it, and until then every
 * question computes its verdicts itself. So do they where the memory is too small for it; only who asked for it is told.
 */
export async function judgeLoaded(
  connection: DuckDBConnection,
  effects: Effects,
  wanted?: boolean,
): Promise<number | null> {
  if (effects.signal.aborted) return null;
  if (!(wanted ?? (await isSmall(connection)))) {
    if (!(await isJudged(connection))) await dropJudged(connection);
    return null;
  }
  try {
    return await judge(connection, effects.signal);
  } catch (error) {
    if (effects.signal.aborted) return null;
    if (!/^Out of Memory Error/.test((error as Error).message)) throw error;
    await dropJudged(connection);
    if (wanted) {
      await effects.stderr.write(
        'note: judging the failures needs more memory, so every question judges them itself; load again with a larger --memory\n',
      );
    }
    return null;
  }
}
