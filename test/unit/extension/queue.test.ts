import { describe, expect, it } from 'vitest';
import { AnalysisQueue, type Job, type JobChange } from '../../../src/extension/runs/queue';
import { NeuroMfaError } from '../../../src/protocol/errors';
import type { RunOptions } from '../../../src/worker/engine';

/** A queue whose jobs end when the test says so, and a clock that the test turns. */
class Bench {
  now = 0;
  readonly queue = new AnalysisQueue(() => this.now);
  readonly heard: string[] = [];
  readonly #running = new Map<
    string,
    { options: RunOptions; resolve: () => void; reject: (e: Error) => void }
  >();

  constructor() {
    this.queue.onChange(({ subject, state }: JobChange) => {
      this.heard.push(`${subject} ${state.kind}`);
    });
  }

  job(subject: string): Job {
    return {
      subject,
      work: (options) =>
        new Promise<void>((resolve, reject) => {
          options.signal?.addEventListener('abort', () => {
            reject(new NeuroMfaError('cancelled', subject, 'it was cancelled', ''));
          });
          this.#running.set(subject, { options, resolve, reject });
        }),
    };
  }

  add(...subjects: string[]): Promise<void> {
    return this.queue.add(subjects.map((subject) => this.job(subject)));
  }

  get running(): string[] {
    return [...this.#running.keys()];
  }

  progress(subject: string, done: number): void {
    this.#running.get(subject)!.options.onProgress!({ done, total: 10, bytesRead: 0 });
  }

  /** Ends a job, and lets the queue notice. */
  async end(subject: string, error?: Error): Promise<void> {
    const { resolve, reject } = this.#running.get(subject)!;
    this.#running.delete(subject);
    if (error) reject(error);
    else resolve();
    await settle();
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('AnalysisQueue', () => {
  it('runs two at a time, in order, and rests', async () => {
    const bench = new Bench();
    let rested = false;
    const idle = bench.add('a', 'b', 'c').then(() => {
      rested = true;
    });
    expect(bench.running).toEqual(['a', 'b']);
    expect(bench.queue.stateOf('c')).toEqual({ kind: 'queued' });
    await bench.end('b');
    expect(bench.running).toEqual(['a', 'c']);
    await bench.end('a');
    expect(rested).toBe(false);
    await bench.end('c');
    await idle;
    expect(bench.queue.progress).toBeNull();
    expect(bench.heard.filter((line) => line.startsWith('c'))).toEqual(['c queued', 'c running', 'c done']);
  });

  it('takes a subject once', () => {
    const bench = new Bench();
    void bench.add('a');
    void bench.add('a', 'b');
    expect(bench.queue.progress).toMatchObject({ total: 2 });
  });

  it('settles at once when there is nothing to do', async () => {
    await new Bench().add();
  });

  it('tells how far it has come and how long it will take', async () => {
    const bench = new Bench();
    void bench.add('a', 'b', 'c', 'd');
    expect(bench.queue.progress).toEqual({ done: 0, total: 4, secondsLeft: null });
    bench.now = 5_000;
    bench.progress('a', 5);
    bench.progress('b', 5);
    expect(bench.queue.stateOf('a')).toEqual({ kind: 'running', fraction: 0.5 });
    expect(bench.queue.progress).toEqual({ done: 0, total: 4, secondsLeft: 15 });
    bench.now = 10_000;
    await bench.end('a');
    await bench.end('b');
    expect(bench.queue.progress).toEqual({ done: 2, total: 4, secondsLeft: 10 });
  });

  it('counts anew after a rest', async () => {
    const bench = new Bench();
    void bench.add('a');
    await bench.end('a');
    void bench.add('b');
    expect(bench.queue.progress).toMatchObject({ done: 0, total: 1 });
  });

  it('keeps a failure to its subject', async () => {
    const bench = new Bench();
    const idle = bench.add('a', 'b');
    await bench.end('a', new NeuroMfaError('damaged', 'a', 'the header is cut short', ''));
    await bench.end('b');
    await idle;
    expect(bench.heard).toContain('a failed');
    expect(bench.heard).toContain('b done');
    expect(bench.queue.stateOf('a')).toBeUndefined();
  });

  it('calls off one that waits, and one that is at work', async () => {
    const bench = new Bench();
    void bench.add('a', 'b', 'c', 'd');
    bench.queue.cancel(['c']);
    expect(bench.heard.at(-1)).toBe('c cancelled');
    bench.queue.cancel(['a']);
    await settle();
    expect(bench.heard).toContain('a cancelled');
    expect(bench.running).toContain('d');
    expect(bench.queue.progress).toMatchObject({ total: 2 });
  });

  it('calls off everything, and can go on after that', async () => {
    const bench = new Bench();
    const idle = bench.add('a', 'b', 'c', 'd');
    bench.queue.cancel();
    await idle;
    expect(bench.heard.filter((line) => line.endsWith('cancelled'))).toHaveLength(4);
    expect(bench.heard).not.toContain('c running');
    void bench.add('a');
    expect(bench.queue.stateOf('a')).toEqual({ kind: 'running', fraction: 0 });
  });
});
