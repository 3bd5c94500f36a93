/** Serves tools and resources by the Model Context Protocol, in its revisions with a handshake (2025) and without one (2026). */
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { z } from 'zod';
import { LineTransport, type Wire } from './transport.ts';
import { TurnError, Turns } from './turn.ts';

/** A question that an agent may ask. None of them writes. */
export interface ServedTool {
  name: string;
  title: string;
  /** For agents; constant, so nothing that a log says can be in it. */
  description: string;
  input: z.ZodType;
  output: z.ZodObject;
  /** Returns the answer. Throws ToolRefusal for a question that cannot be answered. */
  call(args: unknown, signal: AbortSignal): Promise<Record<string, unknown>>;
}

/** A page that an agent may read. */
export interface ServedResource {
  name: string;
  uri: string;
  title: string;
  description: string;
  mimeType: string;
  read(): Promise<string>;
}

export interface AgentService {
  version: string;
  /** When to call which tool, for agents. */
  instructions: string;
  tools: readonly ServedTool[];
  resources: readonly ServedResource[];
  /** Longest time of one call, in seconds. */
  timeLimit: number;
}

/** A question that cannot be answered; the message is safe to show to an agent. */
export class ToolRefusal extends Error {
  override name = 'ToolRefusal';
}

/** Serves one client. Settles when it has left, or `stop` aborts. */
export async function serve(service: AgentService, wire: Wire, stop: AbortSignal): Promise<void> {
  const transport = new LineTransport(wire);
  const turns = new Turns(service.timeLimit);
  const over = new AbortController();
  const handle = serveStdio(() => serverOf(service, turns, over.signal), {
    transport,
    onerror: (error) => wire.note(error.message),
  });
  const leave = (): void => void handle.close();
  stop.addEventListener('abort', leave);
  if (stop.aborted) leave();
  await transport.closed;
  stop.removeEventListener('abort', leave);
  over.abort();
  await turns.idle();
}

function serverOf(
  { version, instructions, tools, resources }: AgentService,
  turns: Turns,
  over: AbortSignal,
): McpServer {
  const server = new McpServer(
    { name: 'draintrace', title: 'draintrace', version },
    { instructions, capabilities: { tools: {}, resources: {} } },
  );
  for (const { name, title, description, input, output, call } of tools) {
    server.registerTool(
      name,
      {
        ...{ title, description, inputSchema: input, outputSchema: output },
        annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
      },
      async (args, { mcpReq }) => {
        try {
          const answer = await turns.run(AbortSignal.any([mcpReq.signal, over]), (signal) => call(args, signal));
          return { content: [{ type: 'text', text: JSON.stringify(answer) }], structuredContent: answer };
        } catch (error) {
          // Nobody waits for the answer of a cancelled request.
          if (!(error instanceof ToolRefusal || error instanceof TurnError) && !mcpReq.signal.aborted) throw error;
          return { content: [{ type: 'text', text: (error as Error).message }], isError: true };
        }
      },
    );
  }
  for (const { name, uri, title, description, mimeType, read } of resources) {
    server.registerResource(name, uri, { title, description, mimeType }, async () => ({
      contents: [{ uri, mimeType, text: await read() }],
    }));
  }
  return server;
}
