/**
 * What is tried with many inputs: all that ever failed (the corpus), then as many as NEUROMFA_FUZZ says, made from the
 * seeds 0, 1, 2, … An input that fails is written to out/fuzz/; NEUROMFA_FUZZ_SEED tries one seed alone.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shortened } from '../../../src/protocol/visible';
import { ROOT } from '../../unit/support/golden';
import { readData, writeData } from './plainData';
import { Random } from './random';
import { Watchdog } from './watchdog';

const BY_HAND = process.env['NEUROMFA_FUZZ'] !== undefined;
const INPUTS = Number(process.env['NEUROMFA_FUZZ'] ?? 2000);
const ONLY = process.env['NEUROMFA_FUZZ_SEED'];
/** A target that fails everywhere need not go on for ever. */
const MAX_FAILURES = 1000;
const CORPUS = join(import.meta.dirname, '../corpus');
/** Of all inputs: less of either would mean that the inputs try only half of the program. */
const MIN_SHARE = 0.05;

/** What became of an input: it was taken, or refused with an error that users can act on. */
export type Outcome = 'taken' | 'refused';

export interface Target<Input> {
  name: string;
  /** Plain data: objects, lists, texts, numbers and bytes. */
  make: (random: Random) => Input;
  /** Throws where the program does not do what it should. */
  check: (input: Input) => Outcome | Promise<Outcome>;
  /** Outcomes that there must be enough of; both, if nothing is said. */
  outcomes?: readonly Outcome[];
}

export function fuzz<Input>({ name, make, check, outcomes = ['taken', 'refused'] }: Target<Input>): void {
  describe(`fuzz ${name}`, () => {
    let watchdog: Watchdog;
    beforeAll(() => {
      watchdog = new Watchdog(name);
    });
    afterAll(() => watchdog.stop());

    const folder = join(CORPUS, name);
    const failedOnce = existsSync(folder) ? readdirSync(folder).sort() : [];
    for (const file of failedOnce) {
      it(`does what it should with ${file}`, async () => {
        await check(readData(readFileSync(join(folder, file), 'utf8')) as Input);
      });
    }

    const inputOf = (seed: number): Input => make(new Random(seed, name));
    if (ONLY !== undefined) {
      it(`does what it should with seed ${ONLY}`, async () => {
        const input = inputOf(Number(ONLY));
        keep(name, Number(ONLY), input);
        await check(input);
      });
      return;
    }

    // Without a limit of time: by hand it takes as long as it takes, and the watchdog sees what does not end.
    it(`does what it should with ${INPUTS} inputs`, { timeout: 0 }, async () => {
      const tally: Record<Outcome, number> = { taken: 0, refused: 0 };
      const failures = new Failures(name);
      const begin = process.cpuUsage();
      for (let seed = 0; seed < INPUTS && failures.count < MAX_FAILURES; seed++) {
        watchdog.begin(seed);
        const input = inputOf(seed);
        try {
          tally[await check(input)]++;
        } catch (error) {
          failures.add(seed, input, error);
        }
        // Lets the runner hear that this process lives.
        if (seed % 64 === 0) await nextTurn();
      }
      if (BY_HAND) {
        const seconds = Math.round(process.cpuUsage(begin).user / 1e6);
        console.log(`fuzz ${name}: ${JSON.stringify({ ...tally, failed: failures.count, seconds })}`);
      }
      if (failures.count > 0) throw new Error(failures.text);
      for (const outcome of outcomes) expect(tally[outcome]).toBeGreaterThan(MIN_SHARE * INPUTS);
    });
  });
}

/** What failed, by kind: one input of each is kept, and shown. */
class Failures {
  count = 0;
  readonly #kinds = new Map<string, { seed: number; kept: string; words: string; count: number }>();

  constructor(private readonly name: string) {}

  add(seed: number, input: unknown, error: unknown): void {
    this.count++;
    const { words, calls } = wordsOf(error);
    // Where it was thrown; else what was said, without its names and numbers.
    const kind = calls.length > 0 ? calls.slice(0, 2).join() : words.replace(/\d+|"[^"]*"/g, '');
    const known = this.#kinds.get(kind);
    if (known) known.count++;
    else
      this.#kinds.set(kind, {
        seed,
        kept: keep(this.name, seed, input),
        words: [words, ...calls].join('\n'),
        count: 1,
      });
  }

  get text(): string {
    const kinds = [...this.#kinds.values()].map(
      ({ seed, kept, words, count }) => `${count} such as seed ${seed} (${kept}): ${words}`,
    );
    return `${this.count} inputs failed.\n\n${kinds.join('\n\n')}`;
  }
}

/** Writes an input where it can be looked at. @returns its path. */
function keep(name: string, seed: number, input: unknown): string {
  const path = join('out/fuzz', name, `${seed}.json`);
  mkdirSync(join(ROOT, 'out/fuzz', name), { recursive: true });
  writeFileSync(join(ROOT, path), writeData(input));
  return path;
}

/** Calls of our own only. */
function wordsOf(error: unknown): { words: string; calls: string[] } {
  if (!(error instanceof Error)) return { words: String(error), calls: [] };
  const calls = (error.stack ?? '').split('\n').filter((line) => /^ +at .*\/(src|test\/fuzz)\//.test(line));
  return { words: shortened(`${error.name}: ${error.message}`, 1500), calls: calls.slice(0, 6) };
}
