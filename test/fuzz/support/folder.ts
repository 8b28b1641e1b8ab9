/** A folder for the files of one target, used again for every input. */
import { accessSync, constants, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';

/** Where files are held in memory, on Linux: thousands of them are written, and flushed by those who keep results. */
const IN_MEMORY = '/dev/shm';

function place(): string {
  try {
    accessSync(IN_MEMORY, constants.W_OK);
    return IN_MEMORY;
  } catch {
    return tmpdir();
  }
}

export type Files = Readonly<Record<string, Uint8Array | string>>;

export class Folder {
  readonly path = mkdtempSync(join(place(), 'neuromfa-fuzz-'));
  #names = new Set<string>();

  constructor() {
    afterAll(() => {
      rmSync(this.path, { recursive: true, force: true });
    });
  }

  /** Leaves these files in it and no others. Folders stay: making them anew takes longer than most inputs do. */
  fill(files: Files): void {
    const names = new Set(Object.keys(files));
    for (const name of this.#names) if (!names.has(name)) rmSync(this.at(name), { force: true });
    for (const name of names) {
      if (!this.#names.has(name)) mkdirSync(dirname(this.at(name)), { recursive: true });
      writeFileSync(this.at(name), files[name]!);
    }
    this.#names = names;
  }

  /** Removes all there is, whoever has put it there. */
  clear(): void {
    for (const name of readdirSync(this.path)) rmSync(this.at(name), { recursive: true, force: true });
    this.#names.clear();
  }

  at(name: string): string {
    return join(this.path, name);
  }
}
