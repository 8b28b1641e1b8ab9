/** Ties the command line to this process. */
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { readReportBundle } from '../core/report/reportBundle';
import { writeError } from '../core/output/writeError';
import { userCache } from '../core/store/place';
import { Gateway } from '../remote/gateway';
import { RemoteRuns } from '../remote/remoteRuns';
import { Engine } from '../worker/engine';
import type { WorkerThread } from '../worker/thread';
import { runCli } from './program';
import { oldAnswerText } from './remoteWords';

/**
 * Runs one command.
 * @param begun a thread that has been started for it already; it is ended in any case.
 */
export async function runProcess(words: readonly string[], begun: WorkerThread | null): Promise<void> {
  const interrupt = new AbortController();
  // Once: a second Ctrl-C ends the process at once.
  process.once('SIGINT', () => {
    interrupt.abort();
  });
  for (const stream of [process.stdout, process.stderr]) {
    // Writers hear of failures through their callbacks; without a listener the process would end with a stack.
    stream.on('error', () => undefined);
  }
  const say = (words: string): void => {
    process.stderr.write(`neuromfa: ${words}\n`);
  };
  const gateway = new Gateway(
    __dirname,
    (waiting) => {
      if (waiting !== null) say(waiting);
    },
    (old) => {
      say(oldAnswerText(old));
    },
  );

  let free = begun;
  try {
    process.exitCode = await runCli(words, {
      writeResult,
      writeError: (text) => {
        process.stderr.write(text);
      },
      interactive: process.stderr.isTTY,
      ...(process.stdin.isTTY &&
        process.stderr.isTTY && { ask: (question: string) => ask(question, interrupt.signal) }),
      cacheDirectory: () => userCache(),
      programDirectory: __dirname,
      signal: interrupt.signal,
      readReportBundle: () => readReportBundle(join(__dirname, 'webview')),
      serveMcp: async (service) => {
        // A path that the build leaves alone: the library is loaded by this command only.
        const { serve } = (await import(join(__dirname, 'mcp.js'))) as typeof import('./mcp/serve');
        await serve(service);
      },
      remote: new RemoteRuns(gateway),
      createEngine: (options) => {
        const own = { ...options, directory: __dirname, remote: gateway, begun: free };
        free = null;
        return Engine.local(own);
      },
    });
  } finally {
    await Promise.all([gateway.dispose(), begun?.end()]);
  }
}

/** Whatever is no plain yes, the end of the input and Ctrl-C included, is a no. */
async function ask(question: string, signal: AbortSignal): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(question, { signal })).trim());
  } catch {
    return false;
  } finally {
    lines.close();
  }
}

/** A reader that has gone, as in `neuromfa … | head -1`, has read enough: no failure. */
function writeResult(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (!error || ('code' in error && error.code === 'EPIPE')) resolve();
      else reject(writeError(error, 'standard output'));
    });
  });
}
