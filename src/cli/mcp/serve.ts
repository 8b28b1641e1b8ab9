/**
 * The Model Context Protocol over standard input and output. In a bundle of its own, so that no other command loads the
 * library.
 */
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { VERSION } from '../../core/version';
import type { McpService } from '../environment';

/** Serves until the client disconnects or `signal` aborts. */
export async function serve({ tools, call, signal }: McpService): Promise<void> {
  // Takes JSON Schema as it is; the other one takes schemas of a library that nothing else here needs.
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the SDK keeps it for servers with schemas of their own; see docs/decisions/0020-mcp.md
  const server = new Server({ name: 'neuromfa', version: VERSION }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: tools.map((tool) => ({ ...tool, annotations: { readOnlyHint: true, openWorldHint: false } })),
  }));
  /** One call after the other: each uses all processors available. */
  let last: Promise<unknown> = Promise.resolve();
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal: cancelled }) => {
    const own = AbortSignal.any([signal, cancelled]);
    const answer = last.then(() => call(params.name, params.arguments ?? {}, own));
    last = answer.catch(() => undefined);
    try {
      return { content: [{ type: 'text', text: await answer }] };
    } catch (error) {
      // The tool's message is for the model.
      const text = error instanceof Error ? error.message : String(error);
      return { isError: true, content: [{ type: 'text', text }] };
    }
  });
  const ended = new Promise<void>((resolve) => {
    server.onclose = resolve;
    process.stdin.once('end', resolve);
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
  await server.connect(new StdioServerTransport());
  await ended;
  await server.close();
}
