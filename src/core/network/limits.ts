/** How large a network may become: every name, shape and configuration is read, and what is made of it has to be held. */
import { NeuroMfaError } from '../../protocol/errors';
import type { Projection } from './types';

/** As many as a file may list tensors: published mixtures of experts have some 100,000. */
export const MOST_PROJECTIONS = 1_000_000;
/** Parts, and labeled runs of neurons. */
export const MOST_PIECES = 4_000_000;

/** Thrown where a network would be too large, whatever it is read as. */
export class NetworkTooLarge extends NeuroMfaError {
  constructor(subject: string, what: string) {
    super(
      'unsupported',
      subject,
      `its network would have ${what}`,
      'Check its tensors with "inspect": stacks of matrices and heads as many as these are in no model that is known',
    );
  }
}

/** Counts what a network is made of. */
export class NetworkSize {
  #projections = 0;
  #pieces = 0;

  /** @param subject the checkpoint, for messages. */
  constructor(private readonly subject: string) {}

  /** @throws NetworkTooLarge where these are too many, together with those before. */
  add(projections: readonly Pick<Projection, 'parts' | 'segments'>[]): void {
    this.expectRoomFor(projections.length);
    this.#projections += projections.length;
    for (const { parts, segments } of projections) this.#pieces += parts.length + segments.length;
    if (this.#pieces > MOST_PIECES)
      throw new NetworkTooLarge(this.subject, `more than ${MOST_PIECES} parts and runs of neurons`);
  }

  /** @throws NetworkTooLarge where so many more projections are too many. */
  expectRoomFor(projections: number): void {
    if (this.#projections + projections > MOST_PROJECTIONS)
      throw new NetworkTooLarge(this.subject, `more than ${MOST_PROJECTIONS} projections`);
  }

  /** What has been counted so far, to be given to {@link forget}. */
  get counted(): { projections: number; pieces: number } {
    return { projections: this.#projections, pieces: this.#pieces };
  }

  /** Takes back all that was added since. */
  forget({ projections, pieces }: { projections: number; pieces: number }): void {
    this.#projections = projections;
    this.#pieces = pieces;
  }
}
