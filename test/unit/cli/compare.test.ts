/** `neuromfa compare` as a process: what is printed and written for checkpoints, runs and hostile names. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comparisonPage } from '../../../src/core/compare/comparisonPage';
import { comparisonSchema, type Comparison } from '../../../src/protocol/comparison';
import { numbers, removeWritten, writeAdapter } from '../support/adapters';
import { bundleCli } from '../support/bundleCli';

const SAMPLES = join(import.meta.dirname, '../../../samples/neox-1m');
const folder = mkdtempSync(join(tmpdir(), 'neuromfa-compare-'));
const cli = join(folder, 'cli.js');

beforeAll(async () => {
  await bundleCli(folder);
  for (const [run, steps] of [
    ['a', ['step0', 'step64', 'step512']],
    ['b', ['step64', 'step512', 'step4000']],
    ['c', ['step1000', 'step2000']],
  ] as const) {
    for (const step of steps) cpSync(join(SAMPLES, step), join(folder, run, step), { recursive: true });
  }
  rmSync(join(folder, 'b/step512'), { recursive: true });
  cpSync(join(SAMPLES, 'step1000'), join(folder, 'b/step512'), { recursive: true });
  mkdirSync(join(folder, 'none'));
});
afterAll(() => {
  removeWritten();
  rmSync(folder, { recursive: true });
});

function compare(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') };
  return spawnSync(process.execPath, [cli, 'compare', ...words, '--samples', '3'], { encoding: 'utf8', env });
}
const parsed = (text: string): Comparison => v.parse(comparisonSchema, JSON.parse(text));

describe('two checkpoints', () => {
  const [early, late] = [join(SAMPLES, 'step64'), join(SAMPLES, 'step4000')];

  it('are compared in text: figures, tensors, and settings', () => {
    const { status, stdout, stderr } = compare(early, late);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('α₀ is smaller in B: Δ ln α₀ = −0.1');
    expect(stdout).toMatch(/\nDifferent: 76 of 76 tensors. ‖B − A‖ is [\d.]+ of ‖A‖/);
    expect(stdout).toMatch(/\ntensor +shape +‖B − A‖ \/ ‖A‖ +cosine +equal\n/);
  });

  it('that are one are the same', () => {
    const { stdout } = compare(late, late, '--json');
    const found = parsed(stdout);
    expect(found).toMatchObject({ kind: 'checkpoints', same: true });
    expect(found.kind === 'checkpoints' && found.figures?.lnAlpha0).toEqual({ value: 0, ci95: [0, 0] });
    expect(compare(late, late).stdout).toContain('A and B are the same: 76 tensors, all values equal.');
  });

  it('of which one is none are refused once', () => {
    const other = join(folder, 'other.txt');
    writeFileSync(other, 'no checkpoint');
    const { status, stderr } = compare(early, other);
    expect(status).toBe(1);
    expect(stderr.trimEnd().split('\n')).toEqual([expect.stringContaining(other)]);
  });

  it('with null models have what is beyond chance, and full networks their projections', () => {
    const found = parsed(compare(early, late, '--mode', 'full', '--null-draws', '5', '--json').stdout);
    expect(found.projections).toHaveLength(24);
    expect(found.projections!.every(({ lnAlpha0, sdLnAlpha0 }) => lnAlpha0 !== null && sdLnAlpha0! > 0)).toBe(
      true,
    );
    expect(found.kind === 'checkpoints' && found.figures?.beyond?.width.value).toBeGreaterThan(0);
  });

  it('are written as tables for any browser, whatever they are called', () => {
    const page = join(folder, 'page.html');
    const { status, stdout } = compare(early, late, '--html', page, '--json');
    expect(status).toBe(0);
    const html = readFileSync(page, 'utf8');
    expect(html).toContain('α₀ is smaller in B');
    expect(html).toContain('gpt_neox.layers.0.attention.dense.weight');
    const found = parsed(stdout);
    const hostile = comparisonPage({
      ...found,
      tensors: {
        ...found.tensors,
        onlyA: [{ name: '<script>alert(1)</script>"\u202e', shape: [1] }],
        metadata: [{ key: '<img src=x onerror=alert(1)>', a: '&amp;', b: null }],
      },
    });
    expect(hostile).not.toMatch(/<script|<img|\u202e/);
    expect(hostile).toContain('&#60;script&#62;');
  });
});

describe('an adapter', () => {
  const base = join(SAMPLES, 'step4000');
  /** @param seed of its values. */
  const adapter = (seed: number): string => {
    const half = (name: string): string =>
      `base_model.model.gpt_neox.layers.0.attention.query_key_value.${name}.weight`;
    return writeAdapter({
      [half('lora_A')]: numbers(seed, [4, 128]),
      [half('lora_B')]: numbers(seed + 1, [384, 4]),
    });
  };

  it('is compared with its base, and two revisions of it with one another', () => {
    const [first, second] = [adapter(1), adapter(3)];
    const text = compare(base, first, '--base', base);
    expect([text.status, text.stderr]).toEqual([0, '']);
    expect(text.stdout).toContain(
      '\nB is a low-rank adapter on neox-1m/step4000, taken as the model that both make.\n',
    );
    expect(text.stdout).toMatch(/\nDifferent: 1 of 24 matrices of the network\. /);
    const found = parsed(compare(first, second, '--base', base, '--json').stdout);
    if (found.kind !== 'checkpoints') throw new Error('no checkpoints');
    // One network on one base: its figures are compared as well.
    expect(found.figures).toMatchObject({ reason: null, common: 3 });
    expect(found.tensors.changed.filter(({ equal }) => equal < 1).map(({ name }) => name)).toEqual([
      'gpt_neox.layers.0.attention.query_key_value.weight',
    ]);
  });

  it('by itself is compared with another by itself, and with no weights', () => {
    const alone = parsed(compare(adapter(1), adapter(3), '--base', 'none', '--json').stdout);
    expect(alone.tensors).toMatchObject({ of: 'weights', changed: [{ elements: 384 * 128 }] });
    const mixed = compare(adapter(1), base);
    expect(mixed.status).toBe(1);
    expect(mixed.stderr).toContain('this adapter is taken by itself');
    expect(mixed.stderr).toContain('Choose its base: with --base');
  });
});

describe('two runs', () => {
  it('are compared at the steps that both have', () => {
    const found = parsed(compare(join(folder, 'a'), join(folder, 'b'), '--json').stdout);
    expect(found).toMatchObject({ kind: 'runs', onlyA: [0], onlyB: [4000] });
    if (found.kind !== 'runs') throw new Error('no runs');
    expect(found.points.map(({ step }) => step)).toEqual([64, 512]);
    expect(found.points[0]!.figures.lnAlpha0).toEqual({ value: 0, ci95: [0, 0] });
    expect(found.points[1]!.figures.lnAlpha0.value).toBeLessThan(0);
    expect(found.tensors.changed.some(({ equal }) => equal < 1)).toBe(true);
    const { stdout } = compare(join(folder, 'a'), join(folder, 'b'));
    expect(stdout).toContain('steps that both have: 2; only A: 0; only B: 4000');
    expect(stdout).toContain('at step 512:');
  });

  it('without a common step, or beside a checkpoint, are refused before anything is computed', () => {
    const apart = compare(join(folder, 'a'), join(folder, 'c'));
    expect(apart.status).toBe(1);
    expect(apart.stderr).toContain('it has no step that');
    const mixed = compare(join(folder, 'a'), join(SAMPLES, 'step64'));
    expect(mixed.status).toBe(2);
    expect(mixed.stderr).toContain('Name two checkpoints, or the folders of two runs');
    const missing = compare(join(SAMPLES, 'step64'), join(folder, 'gone'));
    expect(missing.status).toBe(1);
    expect(missing.stderr).toContain('there is no such file or folder');
  });
});
