import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findLogs, stepNamedIn } from '../../../src/core/metrics/findLogs';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'neuromfa-logs-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(name: string): string {
  const path = join(root, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
  return path;
}

const run = (folder: string, steps: readonly number[]) => ({
  path: join(root, folder),
  checkpoints: steps.map((step) => ({
    path: write(`${folder}/checkpoint-${step}/model.safetensors`),
    name: `checkpoint-${step}`,
    step,
    epoch: null,
    modified: 0,
    bytes: 1,
  })),
});

it('finds logs beside checkpoints, and the trainer state of the last one', () => {
  const given = run('r', [500, 1000]);
  const wanted = [
    'r/checkpoint-1000/trainer_state.json',
    'r/checkpoint-500/eval/results_2026.json',
    'r/evals/70m_step500.json',
    'r/metrics.csv',
    'r/results.json',
    'r/runs/Jan01/events.out.tfevents.1.host',
  ];
  for (const name of [
    ...wanted,
    'r/checkpoint-500/trainer_state.json',
    'r/checkpoint-500/config.json',
    'r/checkpoint-500/model.safetensors.index.json',
    'r/checkpoint-1000/vocab.json',
    'r/data/train.jsonl',
    'r/.git/metrics.csv',
  ])
    write(name);
  expect(findLogs(given).map((path) => relative(root, path))).toEqual(wanted);
});

it('looks four levels below the run, and no deeper', () => {
  const given = run('r', [1, 2]);
  // As `add_scalars` of PyTorch writes each of them: in a folder of its own.
  const wanted = write('r/tb/logs/loss/train/events.out.tfevents.1.host');
  write('r/tb/logs/loss/train/more/events.out.tfevents.2.host');
  expect(findLogs(given)).toEqual([wanted]);
});

it('looks beside a folder that holds checkpoints alone', () => {
  const given = run('r/checkpoints', [1, 2]);
  write('r/log.csv');
  write('r/weights/step1/trainer_state.json');
  expect(findLogs(given).map((path) => relative(root, path))).toEqual(['r/log.csv']);
});

it('ends in a folder that links to itself', () => {
  const given = run('r', [1]);
  symlinkSync(given.path, join(given.path, 'again'));
  expect(findLogs(given)).toEqual([]);
});

it('knows the steps of checkpoints by their folders and names', () => {
  const given = run('r', [500]);
  const stepOf = stepNamedIn({ ...given, checkpoints: [{ ...given.checkpoints[0]!, step: 7 }] });
  expect(stepOf(join(root, 'r/checkpoint-500/eval/results.json'))).toBe(7);
  expect(stepOf(join(root, 'r/evals/x_step64.json'))).toBe(64);
  expect(stepOf('step1000')).toBe(1000);
  expect(stepOf('main')).toBeNull();
  expect(stepOf('EleutherAI/pythia-70m')).toBeNull();
});
