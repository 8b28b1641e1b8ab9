/** The baselines that runs offer. */
import type { BaselineChoice } from '../../src/protocol/run';
import type { Run } from '../../src/protocol/trends';
import type { Option } from '../components/select';
import { baselineChoiceName } from '../words/emergence';

/** A choice as the value of an option. */
export const encodedBaseline = (choice: BaselineChoice): string =>
  choice.kind === 'step' ? `step ${choice.step}` : choice.kind;

/** The baselines that these runs offer; the chosen one is among them even where no run has it. */
export function baselineOptions(
  runs: readonly Run[],
  chosen: BaselineChoice,
): (Option & { choice: BaselineChoice })[] {
  const firsts = new Set(runs.map(({ checkpoints }) => checkpoints[0]?.step ?? null));
  const first = firsts.size === 1 ? [...firsts][0]! : null;
  const steps = new Set(runs.flatMap(({ checkpoints }) => checkpoints.flatMap(({ step }) => step ?? [])));
  if (chosen.kind === 'step') steps.add(chosen.step);
  const choices: BaselineChoice[] = [
    { kind: 'first' },
    { kind: 'init' },
    { kind: 'gaussian' },
    ...[...steps].sort((a, b) => a - b).map((step): BaselineChoice => ({ kind: 'step', step })),
  ];
  return choices.map((choice) => ({
    choice,
    value: encodedBaseline(choice),
    label: baselineChoiceName(choice, first),
  }));
}
