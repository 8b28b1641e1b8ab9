/** Any text as a trainer_state.json: it tells a step, or nothing, and the run is found all the same. */
import { expect } from 'vitest';
import { notedIn } from '../../src/core/run/notes';
import { searchFolder } from '../../src/core/run/searchFolder';
import { depthOf, JsonObject, readJson } from './oracle/json';
import { mutateSome } from './support/bytes';
import { Folder } from './support/folder';
import { anyStyle, Entries, mutateJson, toEntries, writeJson } from './support/json';
import { oddNumber, oddValue } from './support/odd';
import type { Random } from './support/random';
import { fuzz, type Outcome } from './support/target';

const folder = new Folder();
/** Names that tell no step. */
const NAMES = ['first', 'second'] as const;
/** The program's own limit, far above that of any trainer. */
const MAX_LEVELS = 64;

interface Input {
  notes: Uint8Array[];
}

function make(random: Random): Input {
  return { notes: NAMES.map(() => note(random)) };
}

function note(random: Random): Uint8Array {
  const step = random.chance(0.6)
    ? random.below(10_000)
    : random.chance(0.5)
      ? oddNumber(random)
      : oddValue(random);
  const entries: [string, unknown][] = [
    ['best_metric', null],
    ['epoch', random.fraction()],
    ['global_step', toEntries(step)],
    ['log_history', toEntries([{ loss: oddNumber(random), step: 10 }])],
  ];
  let state: unknown = new Entries(entries);
  if (random.chance(0.3)) state = mutateJson(random, state);
  return mutateSome(random, Buffer.from(writeJson(random, state, anyStyle(random))), 0.8);
}

async function check({ notes }: Input): Promise<Outcome> {
  const files: Record<string, Uint8Array | string> = {};
  for (const [i, name] of NAMES.entries()) {
    files[`run/${name}/model.safetensors`] = 'not looked at';
    files[`run/${name}/trainer_state.json`] = notes[i]!;
  }
  folder.fill(files);
  const expected = notes.map(stepOf);
  const read = notes.map((bytes) => notedIn('trainer_state.json', Buffer.from(bytes).toString()).step);
  expect(read).toEqual(expected);
  const index = await searchFolder(folder.at('run'));
  const told = expected.every((step) => step !== null);
  const shown = index.runs.map(({ orderedBy, checkpoints }) => [
    orderedBy,
    checkpoints.map(({ step }) => step),
  ]);
  expect(shown).toEqual(told ? [['step', expected.toSorted((a, b) => a - b)]] : []);
  return told ? 'taken' : 'refused';
}

/** The whole number that `global_step` is, if it is one. */
function stepOf(bytes: Uint8Array): number | null {
  try {
    const state = readJson(Buffer.from(bytes).toString());
    if (!(state instanceof JsonObject) || depthOf(state) > MAX_LEVELS) return null;
    const step = state.get('global_step');
    return Number.isSafeInteger(step) && (step as number) >= 0 ? (step as number) : null;
  } catch {
    return null;
  }
}

fuzz({ name: 'trainerState', make, check });
