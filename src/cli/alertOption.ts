/** `--alert FIGURE=LOW..HIGH`: what to report about a checkpoint while its run is watched. */
import { InvalidArgumentError } from 'commander';
import { parseBand } from '../core/run/alerts';
import type { Band } from '../protocol/alerts';
import { NeuroMfaError } from '../protocol/errors';

/** @throws InvalidArgumentError for commander to report. */
export function parseBands(word: string, former: readonly Band[] = []): Band[] {
  try {
    return [...former, parseBand(word, '--alert')];
  } catch (error) {
    if (!(error instanceof NeuroMfaError)) throw error;
    throw new InvalidArgumentError(error.data.nextStep);
  }
}
