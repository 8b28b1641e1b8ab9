/** Files that become others between two questions to the system. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, truncateSync, type Stats } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { readSmallFile, readSmallFileAsync } from '../../../src/core/storage/smallFile';
import { openFiles, write } from './build';

/** Called when a path was asked about and is not yet open, and when it is open and not yet read. */
const between = vi.hoisted(() => ({ askedAndOpen: () => undefined, openAndRead: () => undefined }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return {
    ...fs,
    statSync: (path: string): Stats => {
      const stats = fs.statSync(path);
      between.askedAndOpen();
      return stats;
    },
    fstatSync: (descriptor: number): Stats => {
      const stats = fs.fstatSync(descriptor);
      between.openAndRead();
      return stats;
    },
  };
});
vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof import('node:fs/promises')>();
  return {
    ...fs,
    stat: async (path: string): Promise<Stats> => {
      const stats = await fs.stat(path);
      between.askedAndOpen();
      return stats;
    },
    open: async (path: string, flags: number) => {
      const handle = await fs.open(path, flags);
      const stat = handle.stat.bind(handle);
      handle.stat = (async () => {
        const stats = await stat();
        between.openAndRead();
        return stats;
      }) as typeof handle.stat;
      return handle;
    },
  };
});

const WORDS = { what: 'the note', nextStep: 'Remove it' };

it.each([
  ['at once', (path: string) => Promise.resolve().then(() => readSmallFile(path, 100, WORDS))],
  ['without waiting', (path: string) => readSmallFileAsync(path, 100, WORDS)],
])('a file that changes while it is read %s', async (how, read) => {
  const before = openFiles();
  const path = write(`pipe ${how}`, 'text');
  between.askedAndOpen = () => {
    execFileSync('rm', [path]);
    execFileSync('mkfifo', [path]);
    return undefined;
  };
  await expect(read(path)).rejects.toMatchObject({ code: 'unreadable' });

  between.askedAndOpen = () => undefined;
  const grown = write(`grown ${how}`, 'text');
  between.openAndRead = () => {
    appendFileSync(grown, 'x'.repeat(1000));
    return undefined;
  };
  expect(Buffer.from(await read(grown)).toString()).toBe('text');

  const cut = write(`cut ${how}`, 'text');
  between.openAndRead = () => {
    truncateSync(cut, 2);
    return undefined;
  };
  expect(Buffer.from(await read(cut)).toString()).toBe('te');
  expect(openFiles()).toBe(before);
});
