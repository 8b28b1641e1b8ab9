/** Daemons of a test: started in the foreground, heard, and ended by their ids. */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';

export class Daemons {
  readonly #children: ChildProcess[] = [];
  readonly #said: string[] = [];

  start(program: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => this.#said.push(`${program}: ${String(chunk)}`));
    child.on('error', (error) => this.#said.push(`${program}: ${String(error)}\n`));
    this.#children.push(child);
    return child;
  }

  /** The end of what they said. */
  log(): string {
    return this.#said.slice(-40).join('');
  }

  /** In the reverse order of their start; when this has settled, none is left. */
  async stop(): Promise<void> {
    for (const child of this.#children.splice(0).reverse()) {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
  }
}
