/** What becomes of jobs whose workers cannot begin, are refused by the system, die or are ended. */
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getuid } from 'node:process';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { storedSubject } from '../../../src/protocol/subject';
import { WorkerPool } from '../../../src/worker/pool';
import { WorkerThread } from '../../../src/worker/thread';
import { bundleWorkers } from '../support/engine';

/** How many more threads the system starts. */
const system = { threadsLeft: Infinity };
// Piscina takes the constructor from there whenever it starts a thread.
const threads = createRequire(import.meta.url)('node:worker_threads') as typeof import('node:worker_threads');
const { Worker } = threads;
threads.Worker = class extends Worker {
  constructor(...args: ConstructorParameters<typeof Worker>) {
    if (system.threadsLeft-- <= 0)
      throw Object.assign(new Error('EAGAIN'), { code: 'ERR_WORKER_INIT_FAILED' });
    super(...args);
  }
};
afterAll(() => {
  threads.Worker = Worker;
});

let folder: string;
let pools: WorkerPool[];
const faults: Error[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'neuromfa-pool-'));
  pools = [];
  faults.length = 0;
  system.threadsLeft = Infinity;
});
afterEach(async () => {
  await Promise.all(pools.map((pool) => pool.destroy()));
  rmSync(folder, { recursive: true, force: true });
});

function poolIn(directory: string, threads: number, begun: WorkerThread | null = null): WorkerPool {
  const pool = new WorkerPool(directory, threads, (error) => faults.push(error), null, begun);
  pools.push(pool);
  return pool;
}

const describeJob = (pool: WorkerPool, path: string, kill?: AbortSignal): Promise<unknown> =>
  pool.run('describe', { subject: storedSubject(path) }, path, kill);

/** Answers the path that it is asked about, when it is not told to do something else. */
const HANDLE = `
  module.exports = async ({ params: { subject: { at: path } } }) => {
    if (path === 'die') process.exit(7);
    if (path === 'hang') for (;;);
    await new Promise((go) => setTimeout(go, 20));
    return { ok: true, value: path };
  };`;

describe('a worker script that cannot be loaded', () => {
  const job = (): string => join(folder, 'job.js');
  const broken: [string, () => void, string, RegExp][] = [
    ['is missing', () => undefined, 'missing', /is not there/],
    [
      'throws',
      () => {
        writeFileSync(job(), "throw new TypeError('no\\u001b kernel')");
      },
      'damaged',
      /TypeError: no\\u001b kernel/,
    ],
    [
      'throws what is no error',
      () => {
        writeFileSync(job(), 'throw null');
      },
      'damaged',
      /does not start/,
    ],
    [
      'rejects',
      () => {
        writeFileSync(job(), "Promise.reject(new Error('late'))");
      },
      'damaged',
      /late/,
    ],
    [
      'is cut short',
      () => {
        writeFileSync(job(), '(function () {');
      },
      'damaged',
      /SyntaxError/,
    ],
    [
      'is empty',
      () => {
        writeFileSync(job(), '');
      },
      'damaged',
      /does not start/,
    ],
    [
      'ends its thread',
      () => {
        writeFileSync(job(), 'process.exit(3)');
      },
      'damaged',
      /ended with exit code 3/,
    ],
    [
      'needs what is missing',
      () => {
        writeFileSync(job(), "require('./kernel')");
      },
      'damaged',
      /Cannot find module/,
    ],
    [
      'is a folder',
      () => {
        mkdirSync(job());
      },
      'damaged',
      /does not start/,
    ],
  ];
  it.each(broken)('because it %s fails every job, naming the script', async (_, make, code, cause) => {
    make();
    const pool = poolIn(folder, 2);
    pool.warm();
    const ends = await Promise.allSettled(Array.from({ length: 20 }, (__, i) => describeJob(pool, `/a${i}`)));
    for (const end of ends) {
      const { reason } = end as { reason: unknown };
      expect(reason).toBeInstanceOf(NeuroMfaError);
      expect((reason as NeuroMfaError).data).toMatchObject({ code, subject: job() });
      expect((reason as Error).message).toMatch(cause);
      expect((reason as Error).message).toMatch(/\. Install NeuroMFA again\.$/);
    }
    // And again, when the pool is empty.
    await expect(describeJob(pool, '/b')).rejects.toMatchObject({ code });
  });

  // Root may read every file.
  it.skipIf(getuid?.() === 0)('because it may not be read says that', async () => {
    writeFileSync(job(), '');
    chmodSync(job(), 0);
    await expect(describeJob(poolIn(folder, 1), '/a')).rejects.toMatchObject({
      data: { code: 'unreadable', subject: job() },
    });
  });

  it('is found once it is there', async () => {
    const pool = poolIn(folder, 2);
    await expect(describeJob(pool, '/a')).rejects.toMatchObject({ code: 'missing' });
    const whole = await bundleWorkers(HANDLE);
    copyFileSync(join(whole.directory, 'job.js'), job());
    whole.remove();
    await expect(describeJob(pool, '/a')).resolves.toBe('/a');
  });
});

describe('jobs', () => {
  let workers: Awaited<ReturnType<typeof bundleWorkers>>;
  beforeEach(async () => {
    workers = await bundleWorkers(HANDLE);
  });
  afterEach(() => {
    workers.remove();
  });

  describe('where the system starts no thread', () => {
    it('fail, and the pool can be used later', async () => {
      system.threadsLeft = 0;
      const pool = poolIn(workers.directory, 2);
      const ends = await Promise.allSettled(['/a', '/b', '/c'].map((path) => describeJob(pool, path)));
      expect(ends.map((end) => (end as { reason: NeuroMfaError }).reason.data)).toEqual(
        ['/a', '/b', '/c'].map((subject) => ({
          code: 'worker-died',
          subject,
          cause: 'the system starts no thread for it (EAGAIN)',
          nextStep: expect.stringContaining('limits on processes') as string,
        })),
      );
      system.threadsLeft = 1;
      await expect(describeJob(pool, '/a')).resolves.toBe('/a');
    });

    it('but has started some are done by those', async () => {
      system.threadsLeft = 1;
      const pool = poolIn(workers.directory, 8);
      const paths = Array.from({ length: 30 }, (_, i) => `/${i}`);
      await expect(Promise.all(paths.map((path) => describeJob(pool, path)))).resolves.toEqual(paths);
      expect(faults).toEqual([]);
    });

    it('are ended without a trace when the pool is', async () => {
      system.threadsLeft = 1;
      const pool = poolIn(workers.directory, 4);
      const ends = Promise.allSettled(['hang', '/b', '/c'].map((path) => describeJob(pool, path)));
      await pool.destroy();
      for (const end of await ends) expect(end).toMatchObject({ reason: { code: 'cancelled' } });
    });
  });

  describe('with a thread that was started before the pool', () => {
    const begin = (): WorkerThread => new WorkerThread(join(workers.directory, 'job.js'));

    it('are done by it, and by others where it is not enough', async () => {
      const begun = begin();
      system.threadsLeft = 0;
      await expect(describeJob(poolIn(workers.directory, 1, begun), '/a')).resolves.toBe('/a');
      system.threadsLeft = 2;
      const paths = ['/a', '/b', '/c'];
      const pool = poolIn(workers.directory, 2, begin());
      await expect(Promise.all(paths.map((path) => describeJob(pool, path)))).resolves.toEqual(paths);
    });

    it('are done by another where it has ended, whatever ended it', async () => {
      const begun = begin();
      await begun.end();
      expect(begun.lives).toBe(false);
      await expect(describeJob(poolIn(workers.directory, 1, begun), '/a')).resolves.toBe('/a');
      const pool = poolIn(workers.directory, 1, begin());
      await expect(describeJob(pool, 'die')).rejects.toMatchObject({ code: 'worker-died' });
      await expect(describeJob(pool, '/a')).resolves.toBe('/a');
    });

    it('are none where the pool ends first, and the thread ends with it', async () => {
      const begun = begin();
      await poolIn(workers.directory, 1, begun).destroy();
      expect(begun.lives).toBe(false);
      await expect(begun.end()).resolves.toBeUndefined();
    });
  });

  it('that wait for a worker which is ended get another', async () => {
    const pool = poolIn(workers.directory, 1);
    const killer = new AbortController();
    const stuck = describeJob(pool, 'hang', killer.signal);
    const waiting = describeJob(pool, '/b');
    killer.abort();
    await expect(stuck).rejects.toMatchObject({ code: 'cancelled' });
    await expect(waiting).resolves.toBe('/b');
  });

  it('that wait for a worker which dies get another', async () => {
    const pool = poolIn(workers.directory, 1);
    const [dead, ...others] = ['die', '/b', '/c'].map((path) => describeJob(pool, path));
    await expect(dead).rejects.toMatchObject({
      data: { code: 'worker-died', subject: 'die', cause: expect.stringContaining('code: 7') as string },
    });
    await expect(Promise.all(others)).resolves.toEqual(['/b', '/c']);
  });

  it('that were cancelled while they waited are never begun', async () => {
    const pool = poolIn(workers.directory, 1);
    const killer = new AbortController();
    const first = describeJob(pool, '/a');
    const cancelled = describeJob(pool, 'die', killer.signal);
    const last = describeJob(pool, '/c');
    killer.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    await expect(Promise.all([first, last])).resolves.toEqual(['/a', '/c']);
    await expect(describeJob(pool, '/d', killer.signal)).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('whose parameters cannot be handed over fail alone', async () => {
    const pool = poolIn(workers.directory, 1);
    const path = (() => undefined) as unknown as string;
    await expect(pool.run('describe', { subject: storedSubject(path) }, '/a')).rejects.toMatchObject({
      data: { code: 'worker-died', subject: '/a' },
    });
    await expect(describeJob(pool, '/b')).resolves.toBe('/b');
  });

  it('reject when the pool has ended', async () => {
    const pool = poolIn(workers.directory, 1);
    await pool.destroy();
    await expect(describeJob(pool, '/a')).rejects.toMatchObject({ code: 'cancelled' });
  });
});
