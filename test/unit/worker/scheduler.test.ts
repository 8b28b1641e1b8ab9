import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { Analysis } from '../../../src/protocol/analysis';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { jobKey, jobOf, type AnalysisJob } from '../../../src/protocol/subject';
import type { CacheOptions } from '../../../src/worker/cachedAnalyses';
import { Scheduler, type FailureReport, type Outcome } from '../../../src/worker/scheduler';
import { Random } from '../../fuzz/support/random';
import { makeAnalysis, settings } from '../support/analysis';
import { subjectAt } from '../support/engine';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const job = (at: string, threshold = 150): AnalysisJob => jobOf(subjectAt(at), { ...settings, threshold });
const nameOf = ({ subject, settings: { threshold } }: AnalysisJob): string =>
  threshold === 150 ? subject.at : `${subject.at}@${threshold}`;

interface Running {
  options: CacheOptions;
  resolve: (analysis: Analysis) => void;
  reject: (error: Error) => void;
}

/** A scheduler whose jobs end when the test says so, and a clock that the test turns. */
class Bench {
  now = 0;
  readonly heard: string[] = [];
  readonly reports: FailureReport[] = [];
  readonly running = new Map<string, Running>();
  rank: (job: AnalysisJob) => number = () => 0;
  readonly scheduler = new Scheduler(
    (each, options) =>
      new Promise<Analysis>((resolve, reject) => {
        const name = nameOf(each);
        expect(this.running.has(name)).toBe(false);
        options.signal!.addEventListener('abort', () => {
          this.running.delete(name);
          reject(new NeuroMfaError('cancelled', name, 'it was canceled', ''));
        });
        this.running.set(name, { options, resolve, reject });
      }),
    {
      now: () => this.now,
      rank: (each) => this.rank(each),
      onEnd: (report) => this.reports.push(report),
    },
  );

  constructor() {
    this.scheduler.onChange(({ job: each, state }) => {
      this.heard.push(`${nameOf(each)} ${state.kind}`);
    });
  }

  submit(...names: string[]): Promise<Outcome[]> {
    return this.scheduler.submit(names.map((name) => job(name)));
  }

  progress(name: string, done: number): void {
    this.running.get(name)!.options.onProgress!({ done, total: 10, bytesRead: 0 });
  }

  /** Ends a job, and lets the scheduler notice. */
  async end(name: string, error?: Error): Promise<void> {
    const { resolve, reject } = this.running.get(name)!;
    this.running.delete(name);
    if (error) reject(error);
    else resolve(makeAnalysis(name));
    await settle();
  }
}

/** Ends a job with an analysis that the test does not hold. */
function endUnheld(bench: Bench, name: string): WeakRef<Analysis> {
  const analysis = makeAnalysis(name);
  bench.running.get(name)!.resolve(analysis);
  bench.running.delete(name);
  return new WeakRef(analysis);
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const damaged = (name: string): NeuroMfaError => new NeuroMfaError('damaged', name, 'it is cut short', '');
const kinds = async (outcomes: Promise<Outcome[]>): Promise<string[]> =>
  (await outcomes).map(({ kind }) => kind);

describe('the scheduler', () => {
  it('tells progress that never goes back', async () => {
    const bench = new Bench();
    const done = bench.submit('a');
    const told: number[] = [];
    bench.scheduler.onChange(({ state }) => {
      if (state.kind === 'running') told.push(state.progress?.done ?? 0);
    });
    for (const count of [2, 5, 4, 5, 7, 0, 10]) bench.progress('a', count);
    expect(told).toEqual([2, 5, 5, 7, 10]);
    expect(bench.scheduler.stateOf(jobKey(job('a')))).toMatchObject({ progress: { done: 10 } });
    await bench.end('a');
    await done;
  });

  it.each(['run', 'submit'] as const)(
    '%s retains results until all have ended only where they are its answer',
    async (how) => {
      const bench = new Bench();
      const all = bench.scheduler[how]([job('a'), job('b')]);
      const result = endUnheld(bench, 'a');
      await settle();
      collectGarbage();
      expect(result.deref() === undefined).toBe(how === 'run');
      await bench.end('b');
      await all;
    },
  );

  it('runs two at a time, in order, and rests', async () => {
    const bench = new Bench();
    const ended = bench.submit('a', 'b', 'c');
    expect([...bench.running.keys()]).toEqual(['a', 'b']);
    expect(bench.scheduler.stateOf(jobKey(job('c')))).toEqual({ kind: 'queued' });
    await bench.end('b');
    expect([...bench.running.keys()]).toEqual(['a', 'c']);
    await bench.end('a');
    await bench.end('c');
    expect(await kinds(ended)).toEqual(['done', 'done', 'done']);
    expect(bench.scheduler.progress).toBeNull();
    expect(bench.heard.filter((line) => line.startsWith('c'))).toEqual(['c queued', 'c running', 'c done']);
  });

  it('computes once what is asked for twice, and answers both', async () => {
    const bench = new Bench();
    const first = bench.submit('a');
    const second = bench.submit('b', 'a');
    expect(bench.scheduler.progress).toMatchObject({ total: 2 });
    await bench.end('a');
    await bench.end('b');
    const [[one], [, other]] = await Promise.all([first, second]);
    expect(one).toMatchObject({ kind: 'done' });
    expect(other).toBe(one);
  });

  it('tells jobs apart by their settings, not by their path alone', async () => {
    const bench = new Bench();
    const ended = bench.scheduler.submit([job('a'), job('a', 100)]);
    expect([...bench.running.keys()]).toEqual(['a', 'a@100']);
    await bench.end('a@100');
    await bench.end('a');
    expect(await kinds(ended)).toEqual(['done', 'done']);
  });

  it('settles at once when there is nothing to do', async () => {
    expect(await new Bench().submit()).toEqual([]);
  });

  it('takes first what ranks highest when there is a place', async () => {
    const bench = new Bench();
    void bench.submit('a', 'b', 'c', 'd', 'e');
    bench.rank = ({ subject }) => ('de'.includes(subject.at) ? 1 : 0);
    await bench.end('a');
    await bench.end('b');
    expect([...bench.running.keys()]).toEqual(['d', 'e']);
  });

  it('takes last what nobody waits for, whatever its rank, until somebody does; its failures are no report', async () => {
    const bench = new Bench();
    void bench.submit('a', 'b');
    const watched = bench.scheduler.submit([job('c'), job('d')], { background: true });
    void bench.submit('e', 'd');
    bench.rank = ({ subject }) => (subject.at === 'c' ? 9 : 0);
    await bench.end('a');
    await bench.end('b');
    expect([...bench.running.keys()]).toEqual(['d', 'e']);
    await bench.end('d');
    await bench.end('c', new Error('no layer'));
    expect(await kinds(watched)).toEqual(['failed', 'done']);
    expect(bench.reports.flatMap(({ failures }) => failures)).toEqual([]);
  });

  it('estimates how long it will take', async () => {
    const bench = new Bench();
    void bench.submit('a', 'b', 'c', 'd');
    expect(bench.scheduler.progress).toEqual({ done: 0, total: 4, secondsLeft: null });
    bench.now = 5_000;
    bench.progress('a', 5);
    bench.progress('b', 5);
    expect(bench.scheduler.progress).toEqual({ done: 0, total: 4, secondsLeft: 15 });
    bench.now = 10_000;
    await bench.end('a');
    await bench.end('b');
    expect(bench.scheduler.progress).toEqual({ done: 2, total: 4, secondsLeft: 10 });
  });

  it('counts anew after a rest', async () => {
    const bench = new Bench();
    void bench.submit('a');
    await bench.end('a');
    void bench.submit('b');
    expect(bench.scheduler.progress).toMatchObject({ done: 0, total: 1 });
  });

  it('reports what failed once, at the end of the first submission that had it', async () => {
    const bench = new Bench();
    const retry = (): Promise<void> => Promise.resolve();
    const first = bench.scheduler.submit([job('a'), job('b')], { retry });
    const second = bench.submit('a');
    await bench.end('a', damaged('a'));
    await bench.end('b');
    expect(await kinds(first)).toEqual(['failed', 'done']);
    expect(await kinds(second)).toEqual(['failed']);
    const failed = bench.reports.filter(({ failures }) => failures.length > 0);
    expect(failed).toHaveLength(1);
    expect(failed[0]!.failures).toMatchObject([{ error: { code: 'damaged', subject: 'a' } }]);
    expect(bench.reports.map(({ total }) => total).sort()).toEqual([1, 2]);
    bench.scheduler.refuse(new NeuroMfaError('usage', 'neurons', '0 is not a whole number', ''));
    expect(bench.reports.at(-1)).toMatchObject({ failures: [{ error: { code: 'usage' } }], total: 1 });
  });

  it('stops one that waits, and one that is at work, whoever wants them', async () => {
    const bench = new Bench();
    const ended = bench.submit('a', 'b', 'c', 'd');
    bench.scheduler.cancel([jobKey(job('c'))]);
    expect(bench.heard.at(-1)).toBe('c cancelled');
    bench.scheduler.cancel([jobKey(job('a'))]);
    await settle();
    expect(bench.heard).toContain('a cancelled');
    expect([...bench.running.keys()]).toEqual(['b', 'd']);
    expect(bench.scheduler.progress).toMatchObject({ total: 2 });
    bench.scheduler.cancel();
    expect(await kinds(ended)).toEqual(['cancelled', 'cancelled', 'cancelled', 'cancelled']);
    expect(bench.reports.flatMap(({ failures }) => failures)).toEqual([]);
  });

  it('begins anew what is asked for while its former analysis is being stopped', async () => {
    const bench = new Bench();
    const stopped = bench.submit('a');
    bench.scheduler.cancel();
    const again = bench.submit('a');
    expect(await kinds(stopped)).toEqual(['cancelled']);
    await settle();
    await bench.end('a');
    expect(await kinds(again)).toEqual(['done']);
  });

  it('stops what nobody wants any more, and goes on with what others want', async () => {
    const bench = new Bench();
    const gone = new AbortController();
    const first = bench.scheduler.submit([job('a'), job('b'), job('c')], { signal: gone.signal });
    const second = bench.submit('a');
    gone.abort();
    expect(await kinds(first)).toEqual(['cancelled', 'cancelled', 'cancelled']);
    expect([...bench.running.keys()]).toEqual(['a']);
    await bench.end('a');
    expect(await kinds(second)).toEqual(['done']);
    expect(await kinds(bench.scheduler.submit([job('a')], { signal: gone.signal }))).toEqual(['cancelled']);
  });

  it('computes anew where that is asked for while a stored result is looked up, and not while one is computed', async () => {
    const bench = new Bench();
    const fresh = (): Promise<Outcome[]> => bench.scheduler.submit([job('a')], { fresh: true });
    const first = bench.submit('a');
    expect(bench.running.get('a')!.options.fresh).toBe(false);
    const second = fresh();
    await bench.end('a');
    expect(bench.running.get('a')!.options.fresh).toBe(true);
    await bench.end('a');
    expect(await kinds(first)).toEqual(['done']);
    expect(await kinds(second)).toEqual(['done']);
    const third = bench.submit('a');
    bench.running.get('a')!.options.onCompute!();
    const fourth = fresh();
    await bench.end('a');
    expect(bench.running.size).toBe(0);
    expect(await kinds(Promise.all([third, fourth]).then((all) => all.flat()))).toEqual(['done', 'done']);
  });
});

describe('any submissions, ends, failures, cancellations and ranks (seeded)', () => {
  it.each(Array.from({ length: 20 }, (_, i) => i))('hold what they promise, %i', async (round) => {
    for (let seed = 100 * round; seed < 100 * (round + 1); seed++) {
      const random = new Random(seed, 'scheduler');
      const bench = new Bench();
      const names = ['a', 'b', 'c', 'd', 'e'];
      const anyJob = (): AnalysisJob => job(random.pick(names), random.pick([150, 100]));
      /** What ended well or badly since a submission began, by name. */
      const log: { name: string; kind: 'done' | 'failed' }[] = [];
      const cancelled = new Set<string>();
      const checks: Promise<void>[] = [];
      for (let step = 0; step < 30; step++) {
        expect(bench.running.size).toBeLessThanOrEqual(2);
        const running = [...bench.running.keys()];
        const act = random.below(6);
        if (act < 2) {
          const jobs = random.list(0, 4, anyJob);
          const controller = new AbortController();
          const since = log.length;
          const fresh = random.chance(0.3);
          checks.push(
            bench.scheduler.submit(jobs, { fresh, signal: controller.signal }).then((outcomes) => {
              expect(outcomes).toHaveLength(jobs.length);
              for (const [i, outcome] of outcomes.entries()) {
                const name = nameOf(jobs[i]!);
                if (outcome.kind === 'cancelled') {
                  expect(controller.signal.aborted || cancelled.has(name)).toBe(true);
                } else {
                  // It ended after it had been asked for, and is of these settings.
                  const ends = log.slice(since).filter((each) => each.name === name);
                  expect(ends.map(({ kind }) => kind)).toContain(outcome.kind);
                  if (outcome.kind === 'done')
                    expect(outcome.analysis.result.checkpoint.fingerprint).toBe(
                      makeAnalysis(name).result.checkpoint.fingerprint,
                    );
                }
              }
            }),
          );
          if (random.chance(0.3))
            queueMicrotask(() => {
              controller.abort();
            });
        } else if (act === 2 && running.length > 0) {
          const name = random.pick(running);
          const kind = random.pick(['done', 'failed'] as const);
          log.push({ name, kind });
          await bench.end(name, kind === 'failed' ? damaged(name) : undefined);
        } else if (act === 3) {
          const one = anyJob();
          cancelled.add(nameOf(one));
          bench.scheduler.cancel([jobKey(one)]);
        } else if (act === 4) {
          const high = random.pick(names);
          bench.rank = ({ subject }) => (subject.at === high ? 1 : 0);
        } else await settle();
      }
      while (bench.scheduler.progress) {
        const [name] = bench.running.keys();
        if (name === undefined) {
          await settle();
          continue;
        }
        log.push({ name, kind: 'done' });
        await bench.end(name);
      }
      await Promise.all(checks);
      expect(bench.scheduler.progress).toBeNull();
      // Every failure was reported, and once.
      const reported = bench.reports.flatMap(({ failures }) => failures);
      expect(new Set(reported).size).toBe(reported.length);
    }
  });
});
