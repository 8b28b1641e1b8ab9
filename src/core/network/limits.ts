/**
 * Limits for the size of a network: its names, shapes and configuration come from a file, and what is made of them has
 * to fit in memory.
 */
import { NeuroMfaError } from '../../protocol/errors';
import type { Projection } from './types';

/** As many as the tensors that a file may list: published mixtures of experts have about 100,000. */
export const MAX_PROJECTIONS = 1_000_000;
/** Parts, and labeled ranges of neurons. */
export const MAX_PIECES = 4_000_000;

/** Thrown where a network would be too large, however it is read. */
export class NetworkTooLarge extends NeuroMfaError {
  constructor(subject: string, what: string) {
    super(
      'unsupported',
      subject,
      `its network would have ${what}`,
      'Check its tensors with "inspect": no known model has this many stacks of matrices and heads',
    );
  }
}

/** Counts the parts of a network. */
export class NetworkSize {
  #projections = 0;
  #pieces = 0;

  /** @param subject the checkpoint, for messages. */
  constructor(private readonly subject: string) {}

  /** @throws NetworkTooLarge where these and those before are too many. */
  add(projections: readonly Pick<Projection, 'parts' | 'segments'>[]): void {
    this.expectFits(projections.length);
    this.#projections += projections.length;
    for (const { parts, segments } of projections) this.#pieces += parts.length + segments.length;
    if (this.#pieces > MAX_PIECES)
      throw new NetworkTooLarge(this.subject, `more than ${MAX_PIECES} parts and runs of neurons`);
  }

  /** @throws NetworkTooLarge where this many more projections are too many. */
  expectFits(projections: number): void {
    if (this.#projections + projections > MAX_PROJECTIONS)
      throw new NetworkTooLarge(this.subject, `more than ${MAX_PROJECTIONS} projections`);
  }

  /** The counts so far, for {@link forget}. */
  get counted(): { projections: number; pieces: number } {
    return { projections: this.#projections, pieces: this.#pieces };
  }

  /** Subtracts everything added since. */
  forget({ projections, pieces }: { projections: number; pieces: number }): void {
    this.#projections = projections;
    this.#pieces = pieces;
  }
}
