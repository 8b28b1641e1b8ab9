/** Jobs that read headers end, whatever the file is. The clock is a made-up one: nothing here waits. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LocalFile } from '../../../src/core/storage/localFiles';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { SharedReading } from '../../../src/worker/readingProgress';
import { MAX_LOOKS, readHeaders } from '../../../src/worker/readHeaders';
import { eventually } from '../../support/eventually';
import { jobs } from '../../../src/worker/job';
import { bundleWorkers, PathEngine, subjectAt, type WorkerBundle } from '../support/engine';

const SECOND = 1000;

beforeEach(() => {
  // Intervals alone: whatever else takes time, takes it.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});
/** So many seconds. */
const pass = (seconds: number): void => {
  vi.advanceTimersByTime(seconds * SECOND);
};

describe('a job that reads headers', () => {
  interface Started {
    shared: SharedReading;
    outcome: Promise<unknown>;
    kill: AbortSignal;
    settle: (value: string) => void;
  }

  /** A job that ends when it is ended, or told to. */
  function start(signal?: AbortSignal): Started {
    let started: Omit<Started, 'outcome'> | undefined;
    const outcome = readHeaders('/a', { signal }, (reading, kill) => {
      return new Promise<string>((settle, refuse) => {
        started = { shared: new SharedReading(reading), kill, settle };
        const cancelled = (): void => {
          refuse(new NeuroMfaError('cancelled', '/a', 'it was canceled', ''));
        };
        if (kill.aborted) cancelled();
        kill.addEventListener('abort', cancelled);
      });
    }).catch((error: unknown) => error);
    return { ...started!, outcome };
  }

  it('that makes no progress is ended, and told of as a fault of the file', async () => {
    const { shared, kill, outcome } = start();
    shared.begin();
    pass(MAX_LOOKS);
    expect(kill.aborted).toBe(false);
    pass(2);
    expect(kill.aborted).toBe(true);
    expect(await outcome).toMatchObject({
      code: 'unreadable',
      data: { subject: '/a', cause: 'reading its headers was ended: it made no progress for 120 seconds' },
    });
  });

  it.each<[string, (shared: SharedReading, i: number) => void]>([
    [
      'finds tensors',
      (shared, i) => {
        shared.onTensors(i);
      },
    ],
    [
      'finds none, but reads',
      (shared) => {
        shared.onTensors(0);
      },
    ],
    [
      'reads blocks',
      (shared, i) => {
        shared.onBlocks(i % 2, 2);
      },
    ],
  ])('that %s goes on', async (_, step) => {
    const { shared, kill, outcome, settle } = start();
    shared.begin();
    for (let i = 0; i < 20; i++) {
      pass(MAX_LOOKS - 1);
      step(shared, i);
    }
    expect(kill.aborted).toBe(false);
    settle('done');
    expect(await outcome).toBe('done');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that waits for a worker may wait', async () => {
    const { shared, kill, outcome, settle } = start();
    pass(100 * MAX_LOOKS);
    expect(kill.aborted).toBe(false);
    shared.begin();
    pass(MAX_LOOKS);
    expect(kill.aborted).toBe(false);
    settle('done');
    expect(await outcome).toBe('done');
  });

  it.each([true, false])('is cancelled as users wish (begun: %s)', async (begun) => {
    const user = new AbortController();
    const { shared, kill, outcome } = start(user.signal);
    if (begun) shared.begin();
    user.abort();
    expect(kill.aborted).toBe(true);
    expect(await outcome).toMatchObject({ code: 'cancelled' });
    expect(vi.getTimerCount()).toBe(0);
    expect(await start(user.signal).outcome).toMatchObject({ code: 'cancelled' });
  });
});

describe('every job of the engine that reads headers', () => {
  let workers: WorkerBundle;
  let begun: string;
  beforeEach(async () => {
    begun = join(mkdtempSync(join(tmpdir(), 'neuromfa-headers-')), 'begun');
    // Tells of a step, as `SharedReading` does, and never ends; another path is answered.
    workers = await bundleWorkers(`
      module.exports = ({ params }) => {
        if (params?.subject?.at !== 'bad') return { ok: true, value: params };
        new Int32Array(params.reading).fill(1);
        require('node:fs').writeFileSync(${JSON.stringify(begun)}, '');
        for (;;);
      };`);
  });
  afterEach(() => {
    workers.remove();
    rmSync(dirname(begun), { recursive: true });
  });

  const settings = {} as Parameters<PathEngine['estimate']>[1];
  it.each<[string, (engine: PathEngine, path: string) => Promise<unknown>]>([
    ['describe', (engine, path) => engine.describe(path)],
    ['inspect', (engine, path) => engine.inspect(path)],
    ['estimate', (engine, path) => engine.estimate(path, settings)],
    ['describe of drawn weights', (engine, path) => engine.describe(path, { kind: 'init' })],
    ['analyze', (engine, path) => engine.analyze(path, settings)],
    ['analyze of drawn weights', (engine, path) => engine.analyze(path, settings, { kind: 'gaussian' })],
    ['recognize', (engine, path) => engine.recognize(path, settings)],
  ])('ends: %s', async (_, run) => {
    const engine = new PathEngine({ directory: workers.directory, threads: 1 });
    try {
      const outcome = run(engine, 'bad').catch((error: unknown) => error);
      await eventually(() => readFileSync(begun));
      pass(MAX_LOOKS + 2);
      expect(await outcome).toMatchObject({ code: 'unreadable', data: { subject: 'bad' } });
      // Its only worker was ended, and is replaced.
      expect(await engine.describe('good')).toMatchObject({ subject: { at: 'good' } });
    } finally {
      await engine.dispose();
    }
  });
});

it.each([
  ['describe', 'stored'],
  ['inspect', 'stored'],
  ['open', 'stored'],
  ['open', 'init'],
  ['open', 'gaussian'],
] as const)(
  'the job "%s" of %s weights tells that it has begun, and of every file that it reads',
  (name, kind) => {
    const shared = new SharedReading();
    const path = 'samples/neox-1m/step64/model.safetensors';
    const steps: number[] = [];
    const read = vi.spyOn(LocalFile.prototype, 'read').mockImplementation(function (
      this: LocalFile,
      ...args
    ) {
      steps.push(shared.steps);
      read.mockRestore();
      this.read(...args);
    });
    jobs[name]({ subject: subjectAt(path, { kind }), reading: shared.buffer });
    // Before the first byte; and then for the header, its tensors and some sixty places of the file.
    expect(steps[0]).toBeGreaterThan(0);
    expect(shared.steps).toBeGreaterThan(60);
  },
);
