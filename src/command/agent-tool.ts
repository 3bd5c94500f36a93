/** Form of the tools for agents: their arguments, limits, and the parts that all answers have. */
import { z } from 'zod';
import { redacted } from '../evidence/redact.ts';
import type { ServedTool } from '../mcp/server.ts';
import { FENCE_NOTICE, Fence, own, unfenced } from '../report/fence.ts';
import { toRefusal } from './agent-capture.ts';
import { vocabulary } from './agent-word.ts';
import type { Effects } from './command.ts';

/** Most characters of one text of others. */
const LONGEST_TEXT = 500;
/** Bytes that the common parts of an answer may take besides its lists. */
const COMMON_BYTES = 2_000;

/** The database, and the limits that the user set. */
export interface AgentWorld {
  db: string;
  /** Seconds to wait for a database that another process holds. */
  wait: number;
  /** Most bytes of an answer. */
  answerBytes: number;
  rules: ReadonlyMap<string, string>;
  columnNames: ReadonlySet<string>;
  /** Takes sentences for the log of the client. */
  note(text: string): void;
  effects: Effects;
}

/** One call. Everything that the answer returns is fenced, except `own` values. */
export interface AgentCall extends AgentWorld {
  fence: Fence;
}

export interface ToolAnswer {
  /** Members of the answer by name. */
  [name: string]: unknown;
  /** Sentences of ours on how to go on. */
  next: readonly string[];
  /** Talk of the command on its answer. */
  notes?: readonly string[];
}

interface AgentTool<I extends z.ZodType> {
  name: string;
  title: string;
  description: string;
  input: I;
  /** Members of the answer beside the common ones. */
  output: z.ZodRawShape;
  answer(args: z.output<I>, call: AgentCall): Promise<ToolAnswer>;
}

/** A text argument; an agent may copy it from an answer, with its fence. */
export const textArgument = (describe: string, longest = 500) =>
  z.string().max(longest).transform(unfenced).optional().describe(describe);

/** The number of rows in an answer. */
export const limitArgument = (usual: number, most: number) =>
  z.int().min(1).max(most).default(usual).describe(`at most this many; ${usual} if not given`);

export const windowArguments = {
  from: textArgument(
    'start of the window: RFC 3339, a date, or relative to now as -2h; default: all that is loaded',
    60,
  ),
  to: textArgument('end of the window, not included', 60),
};

/** A list of members that come from rows; which ones depends on the rows. */
export const ROWS = z.array(z.looseObject({}));

const COMMON = {
  next_steps: z.array(z.string()).describe('how to go on'),
  notes: z.array(z.string()).describe('remarks on this answer'),
  left_out: z
    .object({ items: z.int(), texts_shortened: z.int() })
    .describe('list items and texts that the size limit took away: ask for less, or for single rows'),
  notice: z.string(),
};

/** Makes a tool of its definition, for the database and the limits of this server. */
export function tool<I extends z.ZodType>(definition: AgentTool<I>): (world: AgentWorld) => ServedTool {
  const { name, title, description, input, output, answer } = definition;
  return (world) => {
    const isKnown = vocabulary(world.rules);
    const limits = { bytes: world.answerBytes - COMMON_BYTES, text: LONGEST_TEXT };
    return {
      ...{ name, title, description, input },
      output: z.object({ ...output, ...COMMON }),
      async call(args, signal) {
        // An answer leaves the machine: the values behind the `?` of urls may be tokens, and explain no failure.
        const fence = new Fence(limits, { isKnown, clean: redacted });
        try {
          const effects = { ...world.effects, signal };
          const { next, notes = [], ...members } = await answer(input.parse(args), { ...world, effects, fence });
          return fence.value({
            notice: own(FENCE_NOTICE),
            next_steps: own(next),
            notes,
            ...members,
            left_out: own(fence.leftOut),
          }) as Record<string, unknown>;
        } catch (error) {
          // Nobody reads what comes of an interrupted call.
          if (signal.aborted) throw error;
          throw toRefusal(error, world.db, { fence: (text) => fence.text(text), note: world.note });
        }
      },
    };
  };
}
