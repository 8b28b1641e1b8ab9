/** Folders of one test file, which go with it. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

export interface Folders {
  /** Where they are all made. */
  folder: string;
  /** Makes a new one. */
  own: (name: string) => string;
}

/** @param subject what the file tests. */
export function folders(subject: string): Folders {
  const folder = mkdtempSync(join(tmpdir(), `neuromfa-${subject}-`));
  let names = 0;
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const own = (name: string): string => {
    const path = join(folder, `${name}-${names++}`);
    mkdirSync(path);
    return path;
  };
  return { folder, own };
}
