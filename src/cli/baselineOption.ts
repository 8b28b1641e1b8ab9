/** `--baseline`: the baseline of E. */
import { InvalidArgumentError } from 'commander';
import type { TrainingRun } from '../core/run/trainingRun';
import { NeuroMfaError } from '../protocol/errors';
import type { BaselineChoice } from '../protocol/run';

/** @throws InvalidArgumentError for commander to report. */
export function parseBaseline(word: string): BaselineChoice {
  if (word === 'first' || word === 'init' || word === 'gaussian') return { kind: word };
  const step = /^\d+$/.test(word) ? Number(word) : NaN;
  if (Number.isSafeInteger(step)) return { kind: 'step', step };
  throw new InvalidArgumentError("Give 'first', 'init', 'gaussian' or a step.");
}

/** @throws NeuroMfaError `usage` where the run has no checkpoint of the chosen step. */
export function checkBaseline(choice: BaselineChoice, { path, checkpoints }: TrainingRun): void {
  if (choice.kind !== 'step' || checkpoints.some(({ step }) => step === choice.step)) return;
  const steps = checkpoints.map(({ step }) => step).filter((step) => step !== null);
  throw new NeuroMfaError(
    'usage',
    '--baseline',
    `${path} has no checkpoint of step ${choice.step}`,
    steps.length > 0
      ? `Its steps are ${steps.join(', ')}`
      : "Its steps are unknown: choose 'first', 'init' or 'gaussian'",
  );
}
