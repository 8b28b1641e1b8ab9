/** Tools that the editor offers to language models. */
import * as vscode from 'vscode';
import { failingPlainly } from './failing';
import { MESSAGE_LENGTH, plain } from './plain';

export interface OfferedTool {
  name: string;
  /** Shown while it works. */
  working: (input: unknown) => string;
  /** Asked before it begins; null for a tool that reads nothing. */
  question: (input: unknown) => { title: string; message: string } | null;
  /** @throws Error whose message is for the model. */
  call: (input: unknown, signal: AbortSignal) => Promise<string>;
}

/** Registers a tool that is declared in package.json. */
export function registerTool({ name, working, question, call }: OfferedTool): vscode.Disposable {
  return vscode.lm.registerTool(name, {
    prepareInvocation: ({ input }: { input: unknown }) => {
      const asked = question(input);
      return {
        invocationMessage: plain(working(input), MESSAGE_LENGTH),
        ...(asked && {
          confirmationMessages: {
            title: plain(asked.title),
            message: plain(asked.message, MESSAGE_LENGTH),
          },
        }),
      };
    },
    invoke: ({ input }: { input: unknown }, token: vscode.CancellationToken) =>
      failingPlainly(async () => {
        const stop = new AbortController();
        const listening = token.onCancellationRequested(() => {
          stop.abort();
        });
        if (token.isCancellationRequested) stop.abort();
        try {
          const answer = await call(input, stop.signal);
          return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(answer)]);
        } finally {
          listening.dispose();
        }
      }),
  });
}
