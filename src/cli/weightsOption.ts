/** `--weights`: which copy is taken of a model that a checkpoint holds several times. */
import type { Command } from 'commander';
import { pathWord } from './pathWord';

/** As commander hands it over. */
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

/** For subjects: nothing where nobody has chosen. */
export function chosenSet({ weights }: WeightsOption): { set?: string } {
  return weights === undefined ? {} : { set: weights };
}
