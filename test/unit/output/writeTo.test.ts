import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getuid } from 'node:process';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkDestination, findDestination, isSamePlace } from '../../../src/core/output/destination';
import { writeError } from '../../../src/core/output/writeError';
import { writeTo } from '../../../src/core/output/writeTo';
import { NeuroMfaError } from '../../../src/protocol/errors';

const isRoot = getuid?.() === 0;
const NOBODY = 65534;
/** Whether somebody with fewer rights can run a program here. */
const hasOthers =
  !isRoot || spawnSync(process.execPath, ['-e', ''], { uid: NOBODY, gid: NOBODY }).status === 0;
// Windows has no modes of files, and its links need rights.
const posix = describe.skipIf(process.platform === 'win32');

let root: string;
let told: string[];
let before: number;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'neuromfa-output-'));
  told = [];
  before = process.umask(0o022);
});
afterEach(() => {
  process.umask(before);
  rmSync(root, { recursive: true, force: true });
});

const at = (...names: string[]): string => join(root, ...names);
const read = (path: string): string => readFileSync(path, 'utf8');
const modeOf = (path: string): number => statSync(path).mode & 0o7777;
const write = (path: string, content: string | Uint8Array = 'new'): Promise<void> =>
  writeTo(path, content, { tell: (why) => told.push(why) });

async function failure(work: Promise<unknown>): Promise<NeuroMfaError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(NeuroMfaError);
  expect((error as Error).message).not.toMatch(/report this/);
  return error as NeuroMfaError;
}

describe('a regular file', () => {
  it.each(['text – α₀', '', new Uint8Array([0, 255, 10]), 'x'.repeat(5_000_000)])(
    'is made, whole, and nothing else',
    async (content) => {
      await write(at('new'), content);
      expect(readFileSync(at('new')).equals(Buffer.from(content))).toBe(true);
      expect(readdirSync(root)).toEqual(['new']);
    },
  );
  it('is replaced, by longer and by shorter', async () => {
    for (const content of ['a', 'a longer one', 'b']) {
      await write(at('file'), content);
      expect(read(at('file'))).toBe(content);
    }
    expect(readdirSync(root)).toEqual(['file']);
    expect(told).toEqual([]);
  });
  it('may have a name as long as the system takes', async () => {
    const name = 'n'.repeat(255);
    await write(at(name), 'a');
    await write(at(name), 'b');
    expect(read(at(name))).toBe('b');
  });
});

posix('a regular file', () => {
  it('that is new has the mode that the user wants for new files', async () => {
    process.umask(0o027);
    await write(at('new'));
    expect(modeOf(at('new'))).toBe(0o640);
  });
  it.each([0o600, 0o640, 0o666, 0o755, 0o4711, 0o2755])('keeps mode %o', async (mode) => {
    writeFileSync(at('file'), 'old');
    chmodSync(at('file'), mode);
    const { ino } = statSync(at('file'));
    await write(at('file'));
    expect(modeOf(at('file'))).toBe(mode);
    expect(read(at('file'))).toBe('new');
    // It is another one: whoever reads the old one reads on in it.
    expect(statSync(at('file')).ino).not.toBe(ino);
  });
  it.runIf(isRoot)('keeps its owner', async () => {
    writeFileSync(at('file'), 'old', { mode: 0o600 });
    chownSync(at('file'), NOBODY, NOBODY);
    await write(at('file'));
    const { uid, gid } = statSync(at('file'));
    expect([uid, gid, modeOf(at('file')), read(at('file'))]).toEqual([NOBODY, NOBODY, 0o600, 'new']);
    expect(told).toEqual([]);
  });
  it('with other names keeps them, and is written in place', async () => {
    writeFileSync(at('file'), 'old and longer');
    linkSync(at('file'), at('other'));
    await write(at('file'));
    expect([read(at('file')), read(at('other'))]).toEqual(['new', 'new']);
    expect(statSync(at('file')).ino).toBe(statSync(at('other')).ino);
    expect(told).toEqual(['it has other names (hard links)']);
  });
  it('below a file, in no folder, with too long a name or behind a circle of links is refused in words', async () => {
    writeFileSync(at('file'), 'old');
    symlinkSync('b', at('a'));
    symlinkSync('a', at('b'));
    const cases: [string, RegExp][] = [
      [at('file', 'x'), /a part of its path is a file/],
      [at('none', 'x'), /the folder .* does not exist/],
      [at('n'.repeat(256)), /its name is longer/],
      [at(...Array.from({ length: 22 }, () => 'p'.repeat(200))), /its name is longer|does not exist/],
      [at('a'), /round in a circle/],
      [root, /it is a folder/],
      [`${at('new')}/`, /it is a folder/],
      [`${at('file')}/`, /a part of its path is a file|it is a folder/],
    ];
    for (const [path, message] of cases) {
      for (const work of [write, checkDestination]) {
        const { data, message: text } = await failure(work(path));
        expect(data).toMatchObject({ code: 'unwritable', subject: path });
        expect(text).toMatch(message);
      }
    }
    expect(readdirSync(root).sort()).toEqual(['a', 'b', 'file']);
    expect(read(at('file'))).toBe('old');
  });
});

posix('a link', () => {
  it('stays, and what it leads to is replaced', async () => {
    mkdirSync(at('folder'));
    writeFileSync(at('folder', 'target'), 'old', { mode: 0o600 });
    symlinkSync('folder/target', at('one'));
    symlinkSync(at('one'), at('two'));
    await write(at('two'));
    expect(readlinkSync(at('one'))).toBe('folder/target');
    expect(readlinkSync(at('two'))).toBe(at('one'));
    expect([read(at('folder', 'target')), modeOf(at('folder', 'target'))]).toEqual(['new', 0o600]);
    expect(readdirSync(at('folder'))).toEqual(['target']);
  });
  it('to nothing stays, and what it leads to is made', async () => {
    mkdirSync(at('folder'));
    symlinkSync('folder/target', at('link'));
    await write(at('link'));
    expect([readlinkSync(at('link')), read(at('folder', 'target'))]).toEqual(['folder/target', 'new']);
  });
  it('is followed as the system follows it: the folder above is that of what it leads to', async () => {
    mkdirSync(at('deep', 'folder'), { recursive: true });
    symlinkSync('deep/folder', at('short'));
    await write(`${at('short')}/../a`);
    symlinkSync('../b', at('deep', 'folder', 'up'));
    await write(at('short', 'up'));
    expect(readdirSync(at('deep')).sort()).toEqual(['a', 'b', 'folder']);
    expect(readdirSync(root).sort()).toEqual(['deep', 'short']);
  });
});

posix('a pipe', () => {
  beforeEach(() => {
    execFileSync('mkfifo', [at('pipe')]);
  });
  afterEach(() => {
    expect(lstatSync(at('pipe')).isFIFO()).toBe(true);
    expect(readdirSync(root)).toContain('pipe');
  });
  /** Reads it to its end, from now on. */
  const reader = async (): Promise<string> => {
    const file = await open(at('pipe'), 'r');
    try {
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  };

  it.each(['short', 'x'.repeat(3_000_000)])('takes what is written', async (content) => {
    const reading = reader();
    const waiting = { tell: () => undefined, onWait: () => undefined };
    await writeTo(at('pipe'), content, waiting);
    expect(await reading).toBe(content);
  });
  it('behind a link does so too', async () => {
    symlinkSync('pipe', at('link'));
    const reading = reader();
    await writeTo(at('link'), 'new', { tell: () => undefined, onWait: () => undefined });
    expect([await reading, readlinkSync(at('link'))]).toEqual(['new', 'pipe']);
  });
  it('without a reader is waited for, which is said once', async () => {
    const waited: string[] = [];
    let reading: Promise<string> | undefined;
    await writeTo(at('pipe'), 'new', {
      tell: () => undefined,
      onWait: (path) => {
        waited.push(path);
        reading = reader();
      },
    });
    expect([waited, await reading]).toEqual([[at('pipe')], 'new']);
  });
  it('without a reader is waited for until it is cancelled', async () => {
    const waiting = new AbortController();
    const patience = {
      signal: waiting.signal,
      onWait: () => {
        waiting.abort();
      },
    };
    const { code } = await failure(writeTo(at('pipe'), 'new', { tell: () => undefined, ...patience }));
    expect(code).toBe('cancelled');
  });
  it('whose reader stops reading can be cancelled', async () => {
    const lazy = openSync(at('pipe'), constants.O_RDONLY | constants.O_NONBLOCK);
    const waiting = new AbortController();
    const writing = writeTo(at('pipe'), 'x'.repeat(3_000_000), {
      tell: () => undefined,
      signal: waiting.signal,
    });
    // More than a pipe holds: it cannot end by itself.
    setTimeout(() => {
      waiting.abort();
    }, 50);
    expect((await failure(writing)).code).toBe('cancelled');
    closeSync(lazy);
  });
  it('without a reader is an error where nobody waits', async () => {
    expect((await failure(write(at('pipe')))).message).toMatch(/no program reads this pipe\. Start the one/);
  });
  it('whose reader goes early is an error', async () => {
    const early = openSync(at('pipe'), constants.O_RDONLY | constants.O_NONBLOCK);
    const writing = failure(write(at('pipe'), 'x'.repeat(3_000_000)));
    closeSync(early);
    expect((await writing).data).toMatchObject({
      code: 'unwritable',
      cause: expect.stringMatching(/has gone|no program/) as string,
    });
  });
});

posix('what is neither file nor pipe', () => {
  it.runIf(isRoot)('is written to if it is a device, and stays one', async () => {
    execFileSync('mknod', [at('null'), 'c', '1', '3']);
    execFileSync('mknod', [at('full'), 'c', '1', '7']);
    symlinkSync('null', at('link'));
    await write(at('null'));
    await write(at('link'));
    const { data } = await failure(write(at('full')));
    expect(data).toMatchObject({ code: 'unwritable', subject: at('full'), cause: 'the disk is full' });
    for (const name of ['null', 'full']) expect(lstatSync(at(name)).isCharacterDevice()).toBe(true);
    expect(readlinkSync(at('link'))).toBe('null');
    expect(readdirSync(root).sort()).toEqual(['full', 'link', 'null']);
  });
  it('is refused if it is a socket', async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(at('socket'), done));
    for (const work of [write, checkDestination])
      expect((await failure(work(at('socket')))).message).toMatch(/it is a socket/);
    expect(lstatSync(at('socket')).isSocket()).toBe(true);
    await new Promise((done) => server.close(done));
  });
});

it.each([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOSPC',
  'EDQUOT',
  'ENAMETOOLONG',
  'ENOTDIR',
  'EISDIR',
  'EFBIG',
  'EPIPE',
  'EIO',
  'EMFILE',
])('%s has words of its own, and a next step that is about writing', (code) => {
  const { data, message } = writeError(Object.assign(new Error(code), { code }), '/out');
  expect(data).toMatchObject({ code: 'unwritable', subject: '/out' });
  expect(message).not.toMatch(/report this|to read|cannot be written|E[A-Z]{3}/);
  expect(data.nextStep).not.toBe('');
});
it('errors that Node has no name for are told by their number', () => {
  const error = Object.assign(new Error('Unknown system error -122'), {
    errno: -122,
    code: 'Unknown system error -122',
  });
  expect(writeError(error, '/out').data.cause).toMatch(
    process.platform === 'linux' ? /share of the disk/ : /./,
  );
});

posix('two destinations', () => {
  const same = async (a: string, b: string): Promise<boolean> =>
    isSamePlace(await findDestination(a), await findDestination(b));
  it('are told to be the same through links, before they exist too', async () => {
    symlinkSync('file', at('link'));
    expect(await same(at('file'), at('link'))).toBe(true);
    writeFileSync(at('file'), '');
    linkSync(at('file'), at('hard'));
    expect(await same(at('hard'), at('link'))).toBe(true);
    expect(await same(at('hard'), at('other'))).toBe(false);
  });
});

posix('a process', () => {
  let folder: string;
  let script: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'neuromfa-writer-'));
    chmodSync(folder, 0o755);
    script = join(folder, 'writer.js');
    const entryPoints = [join(import.meta.dirname, 'writer.ts')];
    await build({ entryPoints, outfile: script, bundle: true, platform: 'node', format: 'cjs' });
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  /** `$W` in the command line writes. */
  const bash = (line: string): SpawnSyncReturns<string> =>
    spawnSync('bash', ['-c', line.replaceAll('$W', `'${process.execPath}' '${script}'`)], {
      cwd: root,
      encoding: 'utf8',
    });
  const nobody = (...words: string[]): SpawnSyncReturns<string> =>
    spawnSync(process.execPath, [script, ...words], {
      encoding: 'utf8',
      ...(isRoot && { uid: NOBODY, gid: NOBODY }),
    });

  it.each(
    ['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1', 'link'].filter(
      (path) => path !== '/proc/self/fd/1' || existsSync(path),
    ),
  )('writes to its standard output by the name %s between what others write to it', (name) => {
    symlinkSync('/dev/stdout', at('link'));
    const { stderr } = bash(`{ echo before; $W ${name} new; echo after; } > out`);
    expect([read(at('out')), stderr]).toEqual(['before\nnewafter\n', '']);
    expect(bash(`{ echo before; $W ${name} new; } | cat`).stdout).toBe('before\nnew');
    // A socket, as Node gives to its children.
    expect(bash(`$W ${name} new`).stdout).toBe('new');
  });
  it('writes to standard error', () => {
    expect(bash('$W /dev/stderr new 2> err; cat err').stdout).toBe('new');
    expect(bash('$W /dev/stderr new').stderr).toBe('new');
  });
  it('writes to what the shell has opened for it', () => {
    const { stderr } = bash('exec 5> out; echo before >&5; $W /dev/fd/5 new; echo after >&5');
    expect([read(at('out')), stderr]).toEqual(['before\nnewafter\n', '']);
    expect(
      bash(
        '$W >(cat > substituted) x 2000000; while [ "$(wc -c < substituted)" != 2000000 ]; do sleep 0.05; done',
      ).stderr,
    ).toBe('');
    expect(statSync(at('substituted')).size).toBe(2_000_000);
    expect(bash('exec 5>> out; $W /dev/fd/5 more').stderr).toBe('');
    expect(read(at('out'))).toBe('before\nnewafter\nmore');
  });
  it('says what is not open, or not for writing', () => {
    writeFileSync(at('in'), 'old');
    expect(bash('$W /dev/stdin new < in').stderr).toMatch(/^\/dev\/stdin: it is not open for writing\. /);
    expect(bash('cat in | $W /dev/stdin new').stderr).toMatch(/^\/dev\/stdin: it is not open for writing\. /);
    expect(bash('$W /dev/fd/77 new').stderr).toMatch(/^\/dev\/fd\/77: it is not open for writing\. /);
    expect(read(at('in'))).toBe('old');
  });
  it('that runs out of space leaves what was there, and nothing else', () => {
    writeFileSync(at('file'), 'old');
    // The shell's blocks are of 1024 bytes.
    for (const name of ['file', 'other']) {
      const { status, stderr } = bash(`trap '' XFSZ; ulimit -f 1; $W ${name} x 100000`);
      expect([status, stderr]).toEqual([
        1,
        expect.stringMatching(new RegExp(`^${name}: it would be larger than`)),
      ]);
    }
    expect([readdirSync(root), read(at('file'))]).toEqual([['file'], 'old']);
  });
  it('that runs out of space in place says what that means', () => {
    writeFileSync(at('file'), 'old');
    linkSync(at('file'), at('hard'));
    expect(bash(`trap '' XFSZ; ulimit -f 1; $W file x 100000`).stderr).toMatch(
      /larger than the system allows, and it is half written/,
    );
  });
  it.runIf(hasOthers)('writes in place where the folder takes no new file', () => {
    writeFileSync(at('file'), 'old', { mode: 0o666 });
    chmodSync(at('file'), 0o666);
    chmodSync(root, 0o555);
    const { ino } = statSync(at('file'));
    const { status, stderr } = nobody(at('file'), 'new');
    chmodSync(root, 0o755);
    expect([status, stderr]).toEqual([0, expect.stringMatching(/^told: its folder takes no new file/)]);
    expect([read(at('file')), statSync(at('file')).ino, readdirSync(root)]).toEqual(['new', ino, ['file']]);
  });
  it.runIf(hasOthers)('does not replace a file that it may not write', () => {
    writeFileSync(at('file'), 'old');
    chmodSync(at('file'), 0o444);
    chmodSync(root, 0o777);
    const { status, stderr } = nobody(at('file'), 'new');
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/it may not be written: permission denied\. /),
    ]);
    expect([read(at('file')), readdirSync(root)]).toEqual(['old', ['file']]);
  });
  it.runIf(isRoot && hasOthers)('leaves a file to its owner', () => {
    writeFileSync(at('file'), 'old');
    chmodSync(at('file'), 0o666);
    chmodSync(root, 0o777);
    const { status, stderr } = nobody(at('file'), 'new');
    expect([status, stderr]).toEqual([0, expect.stringMatching(/^told: .*its owner could not be preserved/)]);
    expect([read(at('file')), statSync(at('file')).uid, readdirSync(root)]).toEqual(['new', 0, ['file']]);
  });
});
