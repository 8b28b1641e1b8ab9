/** One folder through a mount that remembers for a while what is there and what is not, as clients of network file systems do. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { missingOnPath, SYSTEM_PATH } from '../support/programs';

const env = { ...process.env, PATH: SYSTEM_PATH };

/** The programs that are missing here. */
export const missingPrograms = (): string[] => missingOnPath(['bindfs', 'fusermount3']);

export class CachingMount {
  private constructor(private readonly at: string) {}

  /**
   * @param folder what is mounted at `at`, an empty folder. @param seconds how long it remembers.
   * @returns a sentence where there are no such mounts, as in most containers.
   */
  static make(folder: string, at: string, seconds: number): CachingMount | string {
    const missing = missingPrograms();
    if (missing.length > 0) return `${missing.join(', ')} missing`;
    if (!existsSync('/dev/fuse')) return 'there is no /dev/fuse';
    const times = ['attr', 'entry', 'negative'].map((kind) => `${kind}_timeout=${seconds}`).join(',');
    const { status, stderr } = spawnSync('bindfs', ['-o', times, folder, at], { env, encoding: 'utf8' });
    if (status !== 0) return `mounting is refused: ${stderr.trim()}`;
    assert.ok(readFileSync('/proc/mounts', 'utf8').includes(` ${at} fuse`));
    return new CachingMount(at);
  }

  unmount(): void {
    execFileSync('fusermount3', ['-u', this.at], { env });
  }
}
