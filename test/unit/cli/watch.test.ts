/** A run that is watched while a trainer writes to it; the trainer is killed again and again. */
import { spawn, type ChildProcess } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunPoint } from '../../../src/protocol/run';
import type { Alert } from '../../../src/protocol/alerts';
import { eventually } from '../../support/eventually';
import { bundleCli } from '../support/bundleCli';
import { run } from './fake';

const SAMPLE = join(import.meta.dirname, '../../../samples/neox-1m/step64');
/** By hand: `NEUROMFA_WATCH_SECONDS=120 npx vitest run test/unit/cli/watch.test.ts`. */
const SECONDS = Number(process.env['NEUROMFA_WATCH_SECONDS'] ?? 4);
const folder = mkdtempSync(join(tmpdir(), 'neuromfa-watch-'));
const store = join(folder, 'store');
const started: ChildProcess[] = [];

beforeAll(() => bundleCli(folder));
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

interface Line {
  schema: string;
  folder: string;
  point: RunPoint;
  alerts: Alert[];
}

interface Watcher {
  lines: () => Line[];
  errors: () => string;
  /** Interrupts it. @returns its exit code. */
  end: () => Promise<number | null>;
}

function watch(...words: string[]): Watcher {
  const cli = [join(folder, 'cli.js'), 'run', ...words, '--watch', '--json', '--interval', '0.2'];
  const settings = ['--samples', '3', '--neurons', '8', '--threads', '1', '--store', store];
  const child = spawn(process.execPath, [...cli, ...settings]);
  started.push(child);
  let [out, errors] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  return {
    lines: () =>
      out
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Line),
    errors: () => errors,
    end: () => {
      child.kill('SIGINT');
      return ended;
    },
  };
}

const stepsOf = (lines: readonly Line[]): (number | null)[] => lines.map(({ point }) => point.step);

function copy(step: number, change: (model: Buffer) => Buffer = (model) => model, name = 'run'): void {
  const place = join(folder, name, `step${step}`);
  mkdirSync(place, { recursive: true });
  copyFileSync(join(SAMPLE, 'config.json'), join(place, 'config.json'));
  writeFileSync(join(place, 'model.safetensors'), change(readFileSync(join(SAMPLE, 'model.safetensors'))));
}

describe('run --watch', () => {
  it('tells each whole checkpoint once, deleted ones stay the baseline, NaN and bands are alerts', async () => {
    mkdirSync(join(folder, 'run'));
    const watcher = watch(join(folder, 'run'), '--alert', 'width=100..');
    await eventually(() => {
      expect(watcher.errors()).toContain('no checkpoint is in this folder');
    });
    copy(0);
    copy(1, (model) => model.subarray(0, model.length / 2));
    await eventually(() => {
      expect(stepsOf(watcher.lines())).toEqual([0]);
      expect(watcher.errors()).toContain('step1');
    });
    rmSync(join(folder, 'run/step0'), { recursive: true });
    copy(1);
    await eventually(() => {
      expect(stepsOf(watcher.lines())).toEqual([0, 1]);
    });
    copy(2, (model) => {
      for (let at = 2 * Math.ceil(model.length / 4); at < model.length; at += 200)
        model.writeUInt16LE(0x7e00, at);
      return model;
    });
    await eventually(() => {
      expect(stepsOf(watcher.lines())).toEqual([0, 1, 2]);
    });
    const [first, second, third] = watcher.lines();
    // The same weights as those of step 0, which are no longer there.
    expect(second!.point.emergence.value).toBe(0);
    expect(second!.point.sinceFirst.alpha0.value).toBe(0);
    expect(first!.alerts).toEqual([
      { figure: 'width', value: first!.point.width.mean, low: 100, high: null },
    ]);
    expect(third!.alerts[0]).toMatchObject({ figure: 'non-finite', value: third!.point.nonFinite.weights });
    expect(await watcher.end()).toBe(0);
  });

  it(
    `tells no half checkpoint and none twice while a trainer writes, renames, rotates and is killed`,
    async () => {
      const place = join(folder, 'trained');
      mkdirSync(place);
      const watchers = [watch(place), watch(place)];
      const whole = new Set<number>();
      const until = Date.now() + 1000 * SECONDS;
      for (let life = 1; life === 1 || Date.now() < until; life++) {
        // The one at which it was killed stays as it is: half, or whole without having said so.
        const from = life === 1 ? 0 : Math.max(...whole) + 2;
        const script = join(import.meta.dirname, 'trainer.mjs');
        const trainer = spawn(process.execPath, [script, SAMPLE, place, String(life), String(from)]);
        started.push(trainer);
        trainer.stdout.on('data', (text: Buffer) => {
          for (const line of text.toString().trim().split('\n')) whole.add(Number(line));
        });
        const ended = new Promise((resolve) => trainer.on('close', resolve));
        await eventually(() => {
          expect(Math.max(-1, ...whole)).toBeGreaterThan(from);
        });
        await wait((life * 137) % 500);
        trainer.kill('SIGKILL');
        await ended;
      }
      const there = [...whole].filter((step) => existsSync(join(place, `step${step}`)));
      expect(there.length).toBeGreaterThan(1);
      for (const watcher of watchers) {
        await eventually(() => {
          expect(stepsOf(watcher.lines())).toEqual(expect.arrayContaining(there));
        });
        const told = stepsOf(watcher.lines());
        expect(new Set(told).size).toBe(told.length);
        // All are copies of one model, so half of one has other numbers.
        const figures = new Set(watcher.lines().map(({ point }) => point.alpha0.mean));
        expect(figures.size).toBe(1);
        expect(await watcher.end()).toBe(0);
      }
    },
    60_000 + 2000 * SECONDS,
  );

  it('refuses what cannot be watched, and bands that are none', async () => {
    for (const [words, message] of [
      ['--watch --samples auto', '--samples auto'],
      ['--watch --population common', '--population common'],
      ['--watch --alert size=1..2', 'emergence, alpha0, width, beyond-width'],
      ['--watch --alert width=2..1', '--alert'],
      ['--watch --alert width=..', '--alert'],
      ['--watch --alert width=x..1', '--alert'],
      ['--watch --alert width=0x1..', '--alert'],
      ['--watch --alert beyond-width=0..', 'Add --nulls'],
      ['--watch --interval 0', '--interval'],
      ['--watch --csv', '--csv'],
      ['--interval 5', 'Use it with --watch'],
      ['--alert width=1..2', 'Use it with --watch'],
    ] as const) {
      const { exit, stderr } = await run(`run somewhere ${words}`);
      expect([words, exit, stderr.includes(message)]).toEqual([words, 2, true]);
    }
  });
});
