/** The parts of networks to choose from, and what a choice selects: from headers, each read once for a choice. */
import { selectAmong } from '../../core/network/select';
import { makeSubset } from '../../core/network/subset';
import type { Subset } from '../../protocol/analysis';
import { NeuroMfaError } from '../../protocol/errors';
import type { NetworkListing } from '../../protocol/inspectionListing';
import type { Coverage, NetworkOutline, SubsetInput } from '../../protocol/subset';

type ReadNetwork = Omit<NetworkListing, 'fault'> & { path: string };

export class NetworkChoice {
  readonly #networks = new Map<string, Promise<ReadNetwork>>();

  /** @param paths the current paths of one checkpoint for each of the networks. */
  constructor(
    private readonly list: (path: string) => Promise<NetworkListing>,
    private readonly paths: () => readonly string[],
  ) {}

  /**
   * Reads the networks again, because a choice begins with it.
   * @throws NeuroMfaError where none of them can be read.
   */
  async outline(): Promise<NetworkOutline> {
    this.#networks.clear();
    const networks = await this.#read();
    const roles = new Map<string, number>();
    for (const { role } of networks.flatMap(({ projections }) => projections))
      roles.set(role, (roles.get(role) ?? 0) + 1);
    return {
      blocks: networks.reduce((most, { blocks }) => Math.max(most, blocks), 0),
      roles: [...roles].map(([role, projections]) => ({ role, projections })),
      example: networks[0]!.projections[0]?.name ?? '',
    };
  }

  /**
   * How much of the networks `input` selects. A network of which it selects nothing does not matter as long as there is
   * another.
   * @throws NeuroMfaError `usage`; its subject is the key of the input where that is the problem.
   */
  async check(input: SubsetInput): Promise<Coverage> {
    const subset = makeSubset(input);
    const networks = await this.#read();
    const of = networks.reduce((sum, { projections }) => sum + projections.length, 0);
    return { projections: subset ? countOf(subset, networks) : of, of };
  }

  /** The subset of `input`, null for all of the network. @throws NeuroMfaError as {@link check}. */
  async subset(input: SubsetInput): Promise<Subset | null> {
    await this.check(input);
    return makeSubset(input);
  }

  /** All networks that can be read; at least one. */
  async #read(): Promise<ReadNetwork[]> {
    const readings = await Promise.allSettled(this.paths().map((path) => this.#network(path)));
    const networks = readings.flatMap((reading) => (reading.status === 'fulfilled' ? [reading.value] : []));
    if (networks.length > 0) return networks;
    const failed = readings.find((reading) => reading.status === 'rejected');
    throw (
      failed?.reason ?? new NeuroMfaError('usage', 'NeuroMFA', 'no checkpoint is shown', 'Open one first')
    );
  }

  #network(path: string): Promise<ReadNetwork> {
    const known = this.#networks.get(path);
    if (known) return known;
    const reading = this.list(path).then(({ blocks, projections, fault }) => {
      if (fault) throw NeuroMfaError.from(fault);
      return { path, blocks, projections };
    });
    this.#networks.set(path, reading);
    // A network that could not be read may be readable next time.
    reading.catch(() => this.#networks.delete(path));
    return reading;
  }
}

function countOf(subset: Subset, networks: readonly ReadNetwork[]): number {
  let count = 0;
  let nothing: unknown;
  for (const { path, blocks, projections } of networks) {
    try {
      count += selectAmong(projections, blocks, subset, path).length;
    } catch (error) {
      nothing ??= error;
    }
  }
  if (count === 0) throw nothing;
  return count;
}
