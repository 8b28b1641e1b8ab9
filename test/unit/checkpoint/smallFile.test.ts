import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync } from 'node:fs';
import { createServer } from 'node:net';
import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import { readSmallFile, readSmallFileAsync } from '../../../src/core/storage/smallFile';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { at, openFiles, write } from './build';

const WORDS = { what: 'the note', nextStep: 'Remove it' };
const server = createServer();

/** What is no file that could be read: how to make it at a path. */
const ODD: Record<string, (path: string) => void> = {
  'a named pipe': (path) => execFileSync('mkfifo', [path]),
  'a folder': (path) => {
    mkdirSync(path);
  },
  'a link to a device without end': (path) => {
    symlinkSync('/dev/zero', path);
  },
  'a link to a terminal': (path) => {
    symlinkSync('/dev/ptmx', path);
  },
  'a link to a named pipe': (path) => {
    execFileSync('mkfifo', [`${path}.pipe`]);
    symlinkSync(`${path}.pipe`, path);
  },
};
beforeAll(async () => {
  for (const [name, make] of Object.entries(ODD)) make(at(name));
  await new Promise<void>((listening) => server.listen(at('a socket'), listening));
});
afterAll(() => {
  server.close();
});

describe.each([
  ['at once', (path: string, most: number) => Promise.resolve().then(() => readSmallFile(path, most, WORDS))],
  ['without waiting', (path: string, most: number) => readSmallFileAsync(path, most, WORDS)],
])('a small file, read %s', (_, read) => {
  const refusal = async (path: string, most = 100): Promise<NeuroMfaError> => {
    const before = openFiles();
    const error: unknown = await read(path, most).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(NeuroMfaError);
    expect(openFiles()).toBe(before);
    return error as NeuroMfaError;
  };

  it('is its bytes, up to the bound', async () => {
    expect(Buffer.from(await read(write('five', 'bytes'), 5)).toString()).toBe('bytes');
    expect(await read(write('none', ''), 5)).toHaveLength(0);
  });

  it('is not read beyond the bound', async () => {
    const path = write('six', 'bytes!');
    expect((await refusal(path, 5)).data).toEqual({
      code: 'damaged',
      subject: path,
      cause: 'the note has 6 bytes; at most 5 are read',
      nextStep: 'Remove it',
    });
  });

  it('takes no memory where it is ten gigabytes of nothing', async () => {
    const path = write('sparse', '');
    truncateSync(path, 10 * 2 ** 30);
    expect((await refusal(path, 2 ** 26)).message).toMatch(/has 10,737,418,240 bytes/);
  });

  it('has no bytes where the system makes them up as they are read', async () => {
    // A regular file of 0 bytes that holds text.
    expect(await read('/proc/self/status', 100)).toHaveLength(0);
  });

  it.each([...Object.keys(ODD), 'a socket'])('is not %s', async (name) => {
    expect((await refusal(at(name))).data).toEqual({
      code: 'unreadable',
      subject: at(name),
      cause: 'this is not a regular file',
      nextStep: 'Remove it',
    });
  });

  it('is missing where there is none', async () => {
    expect((await refusal(at('nothing'))).code).toBe('missing');
    symlinkSync(at('nowhere'), at(`link ${_}`));
    expect((await refusal(at(`link ${_}`))).message).toMatch(/link points to a file that is not there/);
  });
});
