/** `--weights`: which copy of a model to analyze where a checkpoint contains several. */
import type { Command } from 'commander';
import { pathWord } from './pathWord';

/** The option as commander returns it. */
export interface WeightsOption {
  weights?: string;
}

export function addWeightsOption(command: Command): Command {
  return command.option(
    '--weights <name>',
    'of a checkpoint that holds the model several times, take this copy, such as teacher or model_ema',
    pathWord,
  );
}

/** For subjects; empty where nobody has chosen. */
export function chosenSet({ weights }: WeightsOption): { set?: string } {
  return weights === undefined ? {} : { set: weights };
}
