import { describe, expect, it } from 'vitest';
import { inOrder, RunWatch } from '../../../src/core/run/runWatch';
import type { RunCheckpoint, TrainingRun } from '../../../src/core/run/trainingRun';
import type { RunPoint } from '../../../src/protocol/run';
import { Random } from '../../fuzz/support/random';
import { VirtualTrainer } from '../support/virtualTrainer';

const checkpoint = (step: number, bytes = 10, modified = step): RunCheckpoint => ({
  ...{ path: `/run/step${step}`, name: `step${step}`, step, epoch: null, tokens: null, bytes, modified },
});

/** Watches what the test says is there. */
class Bench {
  there: RunCheckpoint[] = [];
  readonly broken = new Set<string>();
  readonly analyzed: string[] = [];
  readonly runs: string[][] = [];
  readonly told: string[] = [];
  readonly reports: string[] = [];
  readonly stop = new AbortController();
  missing: Error | null = null;
  readonly watch = new RunWatch('/run', {
    find: () => {
      if (this.missing) return Promise.reject(this.missing);
      const run = { id: '', label: '', name: 'run', path: '/run', orderedBy: 'step' as const, leftOut: [] };
      return Promise.resolve<TrainingRun>({ ...run, checkpoints: this.there });
    },
    open: ({ path }) => (this.broken.has(path) ? Promise.reject(new Error('cut')) : Promise.resolve()),
    analyze: ({ path, name }, { checkpoints }) => {
      this.analyzed.push(name);
      this.runs.push(checkpoints.map((each) => each.name));
      const point = { checkpoint: { path, name } } as RunPoint;
      return Promise.resolve(this.there.some((each) => each.path === path) ? point : null);
    },
    tell: (_, { name }) => {
      this.told.push(name);
    },
    report: (subject, error) => {
      this.reports.push(`${subject}: ${(error as Error).message}`);
    },
    signal: this.stop.signal,
  });

  async look(...there: RunCheckpoint[]): Promise<void> {
    this.there = there;
    await this.watch.look();
  }
}

describe('a watched run', () => {
  it('keeps deleted checkpoints in what later ones are analyzed with', async () => {
    const bench = new Bench();
    for (let i = 0; i < 2; i++) await bench.look(checkpoint(0), checkpoint(1));
    for (let i = 0; i < 2; i++) await bench.look(checkpoint(1), checkpoint(2));
    expect(bench.told).toEqual(['step0', 'step1', 'step2']);
    expect(bench.runs.at(-1)).toEqual(['step0', 'step1', 'step2']);
  });

  it('says once what it waits for, and goes on', async () => {
    const bench = new Bench();
    bench.missing = new Error('nothing is there');
    for (let i = 0; i < 3; i++) await bench.look();
    expect(bench.reports).toHaveLength(1);
    bench.missing = null;
    for (let i = 0; i < 2; i++) await bench.look(checkpoint(0));
    expect(bench.told).toEqual(['step0']);
  });

  it('remembers what was analyzed before, and analyzes it again under other settings or when it was written anew', async () => {
    const bench = new Bench();
    bench.watch.remember([checkpoint(0), checkpoint(1)]);
    for (let i = 0; i < 3; i++) await bench.look(checkpoint(0), checkpoint(1, 10, 7));
    expect(bench.told).toEqual(['step1']);
    bench.watch.restart();
    await bench.look(checkpoint(0), checkpoint(1, 10, 7));
    expect(bench.told).toEqual(['step1', 'step0', 'step1']);
  });

  it('ends when it is watched no longer', async () => {
    const bench = new Bench();
    await bench.look(checkpoint(0));
    bench.stop.abort();
    await expect(bench.look(checkpoint(0))).rejects.toThrow();
    expect(bench.analyzed).toEqual([]);
  });
});

describe('the order of a run that has lost checkpoints', () => {
  const at = (name: string, step: number | null, epoch: number | null, modified: number) => ({
    ...{ name, step, epoch, modified, tokens: null },
  });
  const names = (
    all: (Omit<ReturnType<typeof at>, 'tokens'> & { tokens: number | null })[],
    by: TrainingRun['orderedBy'],
  ): string =>
    inOrder(all, by)
      .map(({ name }) => name)
      .join('');

  it('is that of steps, of epochs with their steps, else that of writing; what tells none is last', () => {
    const all = [at('c', 30, 0, 1), at('a', 10, 1, 3), at('e', null, null, 0), at('b', 20, 0, 2)];
    expect(names(all, 'step')).toBe('abce');
    expect(names(all, 'epoch')).toBe('bcae');
    expect(names(all, 'time')).toBe('ecba');
    expect(
      names(
        all.map((each) => ({ ...each, tokens: each.step })),
        'tokens',
      ),
    ).toBe('abce');
  });
});

describe('trainers that write, rename, rotate and are killed (seeded)', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'every whole checkpoint is told once to each of two watchers, no half one ever: seed %i',
    async (seed) => {
      const random = new Random(seed, 'watch');
      const trainer = new VirtualTrainer('/run', random);
      let atWork = true;
      const watchers = [0, 1].map(() => {
        const told: number[] = [];
        const signal = new AbortController().signal;
        const watch = new RunWatch('/run', {
          find: () => Promise.resolve(trainer.found()),
          open: ({ path }) => Promise.resolve().then(() => trainer.open(path)),
          analyze: async ({ path }) => {
            // The trainer goes on meanwhile.
            for (let i = random.below(3); atWork && i > 0; i--) trainer.tick();
            await Promise.resolve();
            const file = trainer.files.get(path);
            return file?.whole ? ({ checkpoint: { path }, step: file.serial } as RunPoint) : null;
          },
          tell: ({ step }) => {
            told.push(step!);
          },
          report: () => undefined,
          signal,
        });
        return { watch, told };
      });
      for (let round = 0; round < 150; round++) {
        for (let i = random.below(8); i > 0; i--) trainer.tick();
        for (const { watch } of watchers) await watch.look();
      }
      atWork = false;
      for (const { watch } of watchers) for (let i = 0; i < 3; i++) await watch.look();
      const whole = new Set([...trainer.looks].flatMap(([serial, looks]) => (looks > 0 ? [serial] : [])));
      const there = [...trainer.files.values()].filter((file) => file.whole && !file.name.startsWith('tmp-'));
      expect(there.length).toBeGreaterThan(0);
      for (const { told } of watchers) {
        expect(new Set(told).size).toBe(told.length);
        expect(told.filter((serial) => !whole.has(serial))).toEqual([]);
        expect(told).toEqual(expect.arrayContaining(there.map(({ serial }) => serial)));
        expect(told.length).toBeGreaterThan(10);
      }
    },
  );
});
