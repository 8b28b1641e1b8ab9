/** What is remembered of a checkpoint counts only while everything that it was made from is as it was. */
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import { anyFiles } from '../../../src/core/storage/anywhere';
import { withSeen } from '../../../src/core/storage/seen';
import { readSmallFile } from '../../../src/core/storage/smallFile';
import { stampAt } from '../../../src/core/storage/stamp';
import { isStillSeen } from '../../../src/core/storage/stillSeen';
import { ResultStore } from '../../../src/core/store/resultStore';
import { storedSubject, type Subject } from '../../../src/protocol/subject';
import { CachedResults } from '../../../src/worker/cachedAnalyses';
import { inspectJobs, type Description } from '../../../src/worker/inspectJobs';
import { PAPER } from '../support/analyze';
import { ROOT } from '../support/golden';

const folder = mkdtempSync(join(tmpdir(), 'neuromfa-descriptions-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const FIXTURES = join(ROOT, 'test/fixtures');
let count = 0;
/** A copy of a folder. */
function copyOf(path: string): string {
  const copy = join(folder, `copy${count++}`);
  cpSync(path, copy, { recursive: true });
  return copy;
}
const step = (): string => copyOf(join(ROOT, 'samples/neox-1m/step0'));

/** Files are old by the time they are read: an hour passes at once. */
function later(): void {
  const now = Date.now();
  vi.spyOn(Date, 'now').mockReturnValue(now + 3_600_000);
}
afterEach(() => {
  vi.restoreAllMocks();
});

/** Writes to a file until that can be told: the clock of its file system advances in steps. */
function replace(file: string, bytes: Buffer): void {
  const { atime, mtime } = statSync(file);
  const { stamp } = stampAt(file);
  do {
    writeFileSync(file, bytes);
    utimesSync(file, atime, mtime);
  } while (stampAt(file).stamp === stamp);
}

function describedAt(at: string): Description {
  later();
  return inspectJobs.describe({ subject: storedSubject(at) });
}

describe('what a description was made from', () => {
  it.each([
    ['a folder', () => step()],
    ['a file', () => join(step(), 'model.safetensors')],
    ['PyTorch', () => join(copyOf(join(FIXTURES, 'formats/torch')), 'types.pt')],
    ['a distributed checkpoint', () => copyOf(join(FIXTURES, 'formats/dcp'))],
    ['DeepSpeed', () => copyOf(join(FIXTURES, 'formats/zero3'))],
    ['split GGUF', () => join(copyOf(join(FIXTURES, 'formats/gguf')), 'tiny-00001-of-00002.gguf')],
    ['ONNX with its data', () => join(copyOf(join(FIXTURES, 'onnx')), 'external.onnx')],
    ['HDF5', () => join(copyOf(join(FIXTURES, 'keras')), 'model.h5')],
  ])('is whole: %s', async (_, make) => {
    const at = make();
    const { seen } = describedAt(at);
    expect(await isStillSeen(seen!)).toBe(true);
    const opened = openCheckpoint(at);
    opened.close();
    for (const { path, stamp } of opened.stamps) {
      if (stamp === null) {
        expect(seen!.met).toContainEqual([path, null]);
        continue;
      }
      expect([...seen!.read, ...seen!.met]).toContainEqual([path, stamp]);
      replace(path, readFileSync(path));
      const own = ([each]: [string, string | null]): boolean => each === path;
      const alone = { read: seen!.read.filter(own), met: seen!.met.filter(own), listed: [] };
      expect(await isStillSeen(alone)).toBe(false);
    }
  });

  it('is not what has just been written, which could be written again under the same stamp', () => {
    expect(inspectJobs.describe({ subject: storedSubject(step()) }).seen).toBeNull();
  });

  it('is not where a failure was passed over', () => {
    const at = step();
    later();
    const failing = withSeen(() => {
      try {
        readSmallFile(at, 1, { what: 'it', nextStep: '' });
      } catch {
        // Passed over, as some readers do.
      }
      return 'passed over';
    });
    expect(failing).toEqual({ value: 'passed over', seen: null });
  });

  it('is not what changed meanwhile', () => {
    const at = step();
    const config = join(at, 'config.json');
    later();
    const { seen } = withSeen(() => {
      anyFiles.stat(config);
      appendFileSync(config, ' ');
      anyFiles.stat(config);
    });
    expect(seen).toBeNull();
  });

  it('is not asked for elsewhere', () => {
    const at = step();
    later();
    expect(withSeen(() => anyFiles.stat(at)).seen!.met).toHaveLength(1);
    anyFiles.stat(at);
    expect(withSeen(() => null).seen).toEqual({ read: [], met: [], listed: [] });
  });

  it('differs where a link leads nowhere in place of nothing', async () => {
    const at = join(folder, `link${count++}`);
    later();
    const { seen } = withSeen(() => anyFiles.stat(at));
    expect(await isStillSeen(seen!)).toBe(true);
    symlinkSync(join(folder, 'nowhere'), at);
    expect(await isStillSeen(seen!)).toBe(false);
  });
});

describe('a store', () => {
  let store: ResultStore;
  const reopened = (): Promise<ResultStore> => ResultStore.open(store.directory, () => undefined);
  beforeEach(async () => {
    store = await ResultStore.open(join(folder, `store${count++}`), () => undefined);
  });

  async function keep(subject: Subject): Promise<Description> {
    later();
    const described = inspectJobs.describe({ subject });
    await store.descriptions.keep(subject, described, described.seen!);
    return described;
  }

  it('remembers what a checkpoint was, in other processes too', async () => {
    const subject = storedSubject(step());
    const { checkpoint, state } = await keep(subject);
    expect(await store.descriptions.recall(subject)).toEqual({ checkpoint, state });
    expect(await (await reopened()).descriptions.recall(subject)).toEqual({ checkpoint, state });
    expect(
      await store.descriptions.recall({ ...subject, weights: { kind: 'stored', set: 'ema' } }),
    ).toBeNull();
  });

  it.each([
    [
      'weights of the same size and time',
      (at: string) => {
        const file = join(at, 'model.safetensors');
        const bytes = readFileSync(file);
        bytes[bytes.length - 1]! ^= 1;
        replace(file, bytes);
      },
    ],
    [
      'a file in place of another',
      (at: string) => {
        const file = join(at, 'model.safetensors');
        const { atime, mtime } = statSync(file);
        cpSync(file, `${at}.other`);
        utimesSync(`${at}.other`, atime, mtime);
        renameSync(`${at}.other`, file);
      },
    ],
    [
      'its configuration',
      (at: string) => {
        writeFileSync(join(at, 'config.json'), '{}');
      },
    ],
    [
      'no configuration',
      (at: string) => {
        rmSync(join(at, 'config.json'));
      },
    ],
    [
      'one file more',
      (at: string) => {
        writeFileSync(join(at, 'model.safetensors.index.json'), '{}');
      },
    ],
    [
      'one folder more',
      (at: string) => {
        mkdirSync(join(at, 'more'));
      },
    ],
    [
      'nothing',
      (at: string) => {
        rmSync(at, { recursive: true });
      },
    ],
  ])('does not remember it with %s', async (_, change) => {
    const at = step();
    await keep(storedSubject(at));
    expect(await store.descriptions.recall(storedSubject(at))).not.toBeNull();
    change(at);
    expect(await store.descriptions.recall(storedSubject(at))).toBeNull();
  });

  it('does not remember a file at which a link no longer leads', async () => {
    const [one, other] = [step(), step()];
    const at = join(folder, `link${count++}`);
    symlinkSync(one, at);
    await keep(storedSubject(at));
    expect(await store.descriptions.recall(storedSubject(at))).not.toBeNull();
    rmSync(at);
    symlinkSync(other, at);
    expect(await store.descriptions.recall(storedSubject(at))).toBeNull();
  });

  it('remembers stored weights alone, with no other checkpoint beside them', async () => {
    const subject = storedSubject(step());
    const described = await keep(subject);
    for (const other of [
      { ...subject, weights: { kind: 'init' } as const },
      { ...subject, common: storedSubject(step()) },
      { ...subject, base: subject.at },
    ])
      expect(await store.descriptions.recall(other)).toBeNull();
    const remote = storedSubject('hf://owner/model');
    await store.descriptions.keep(remote, described, described.seen!);
    expect(await store.descriptions.recall(remote)).toBeNull();
  });

  it('takes the last line of a checkpoint, and no damaged one', async () => {
    const subject = storedSubject(step());
    await keep(subject);
    writeFileSync(join(subject.at, 'config.json'), '{}');
    const last = await keep(subject);
    const file = join(store.directory, 'descriptions.jsonl');
    expect((await (await reopened()).descriptions.recall(subject))?.state).toBe(last.state);
    const text = readFileSync(file, 'latin1');
    writeFileSync(file, text.replaceAll('gpt_neox', 'gpt_neoy'));
    expect(await (await reopened()).descriptions.recall(subject)).toBeNull();
    // Two lines of two processes that came in between one another.
    writeFileSync(file, text.slice(0, -40));
    expect(await (await reopened()).descriptions.recall(subject)).toBeNull();
  });

  it('forgets all when it is cleared', async () => {
    const subject = storedSubject(step());
    await keep(subject);
    await store.clear();
    expect(await store.descriptions.recall(subject)).toBeNull();
    expect(await (await reopened()).descriptions.recall(subject)).toBeNull();
  });

  it('leaves a file of that name alone that it has not written', async () => {
    const subject = storedSubject(step());
    const file = join(store.directory, 'descriptions.jsonl');
    writeFileSync(file, '{"mine":1}\n');
    await keep(subject);
    expect(await store.descriptions.recall(subject)).not.toBeNull();
    await store.clear();
    expect(readFileSync(file, 'utf8')).toBe('{"mine":1}\n');
    expect(await store.descriptions.recall(subject)).toBeNull();
  });

  it('begins anew where the file has grown long', async () => {
    const subject = storedSubject(step());
    await keep(subject);
    const file = join(store.directory, 'descriptions.jsonl');
    appendFileSync(file, Buffer.alloc(8 * 2 ** 20, 10));
    store = await reopened();
    expect(await store.descriptions.recall(subject)).toBeNull();
    await keep(subject);
    expect(statSync(file).size).toBeLessThan(5000);
    expect(await (await reopened()).descriptions.recall(subject)).not.toBeNull();
  });

  it('spares its checkpoints from being opened until they change', async () => {
    const at = step();
    later();
    const opening = vi.fn((subject: Subject) => Promise.resolve(inspectJobs.describe({ subject })));
    const refuse = (): never => {
      throw new Error('nothing is to be computed');
    };
    const cached = new CachedResults(
      { describe: opening, analyze: refuse, recognize: refuse },
      store,
      () => undefined,
    );
    const job = { subject: storedSubject(at), settings: PAPER };
    for (let i = 0; i < 3; i++) expect(await cached.recall(job)).toBeNull();
    expect(opening).toHaveBeenCalledOnce();
    writeFileSync(join(at, 'config.json'), '{}');
    expect(await cached.recall(job)).toBeNull();
    expect(opening).toHaveBeenCalledTimes(2);
  });
});
