/** The log in the Output view. Editors show it, and turn addresses into links. */
import * as vscode from 'vscode';
import { plainTrace } from './plain';

/** Paths are not cut, and reports of pages hardly ever. */
const ENTRY_LENGTH = 10_000;

export class EditorLog {
  readonly #channel: vscode.LogOutputChannel;

  constructor(name: string) {
    this.#channel = vscode.window.createOutputChannel(name, { log: true });
  }

  info(message: string): void {
    this.#channel.info(plainTrace(message, ENTRY_LENGTH));
  }

  warn(message: string): void {
    this.#channel.warn(plainTrace(message, ENTRY_LENGTH));
  }

  error(error: string | Error): void {
    const trace = typeof error === 'string' ? error : (error.stack ?? String(error));
    this.#channel.error(plainTrace(trace, ENTRY_LENGTH));
  }

  show(): void {
    this.#channel.show();
  }

  dispose(): void {
    this.#channel.dispose();
  }
}
