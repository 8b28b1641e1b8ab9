/** What panels and windows kept for themselves, and get back after a reload: nothing in it is taken on trust. */
import { isAbsolute } from 'node:path';
import * as v from 'valibot';
import { expect } from 'vitest';
import { Bases } from '../../src/extension/adapters/bases';
import { restoredPanel } from '../../src/extension/panels/restoredPanel';
import { Choices } from '../../src/extension/runs/choices';
import { MODES, subsetSchema } from '../../src/protocol/analysis';
import { baselineChoiceSchema, EMERGENCE_SOURCES } from '../../src/protocol/run';
import { oddText } from './support/odd';
import type { Random } from './support/random';
import { fuzz, type Outcome } from './support/target';
import { mutateValue } from './support/values';

interface Input {
  panel: unknown;
  choices: unknown;
  bases: unknown;
}

function make(random: Random): Input {
  const path = (): string =>
    random.pick(['/run/step0/model.safetensors', '/run/step1/model.safetensors', oddText(random)]);
  const subset = { include: [oddText(random)], exclude: [], blocks: [[0, random.below(4)]], roles: ['mlp'] };
  const own = {
    ...(random.chance(0.5) && { mode: random.pick(MODES) }),
    ...(random.chance(0.5) && { subset }),
  };
  const panel = { version: 1, paths: random.list(0, random.chance(0.02) ? 1500 : 4, path), ...own };
  const choices = {
    ...{ baseline: { kind: 'step', step: random.below(4) }, emergenceFrom: 'alpha0', run: '/run', subset },
  };
  const bases = Object.fromEntries(random.list(0, 3, () => [path(), random.chance(0.5) ? path() : null]));
  const maybe = (value: unknown): unknown => (random.chance(0.6) ? mutateValue(random, value) : value);
  return { panel: maybe(panel), choices: maybe(choices), bases: maybe(bases) };
}

function check({ panel, choices, bases }: Input): Outcome {
  const restored = restoredPanel(panel);
  const paths = restored.checkpoints.map(({ path }) => path);
  expect(paths.filter((path) => !isAbsolute(path))).toEqual([]);
  expect(new Set(paths).size).toBe(paths.length);
  expect(new Set(restored.checkpoints.map(({ name }) => name)).size).toBe(paths.length);
  expect(v.is(v.optional(v.picklist(MODES)), restored.own.mode)).toBe(true);
  expectSubset(restored.own.subset);

  const memory = (value: unknown) => ({ get: () => value, update: () => Promise.resolve() });
  const chosen = new Choices(memory(choices));
  expect(v.is(baselineChoiceSchema, chosen.baseline)).toBe(true);
  expect(v.is(v.picklist(EMERGENCE_SOURCES), chosen.emergenceFrom)).toBe(true);
  expect(v.is(v.nullable(v.string()), chosen.run)).toBe(true);
  expectSubset(chosen.own.subset);

  const known = new Bases(memory(bases));
  for (const path of Object.keys(Object(bases) as object))
    expect(v.is(v.optional(v.nullable(v.string())), known.of(path))).toBe(true);
  return paths.length > 0 ? 'taken' : 'refused';
}

function expectSubset(subset: unknown): void {
  expect(v.is(v.optional(v.nullable(subsetSchema)), subset)).toBe(true);
}

fuzz({ name: 'panelState', make, check });
