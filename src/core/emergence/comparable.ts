/** Whether raw α₀ and w of two results may be compared: they depend on k, T, q and the network's fan-out. */
import type {
  AnalysisResult,
  AnalysisSettings,
  CheckpointInfo,
  NetworkStructure,
} from '../../protocol/analysis';
import type { Fact } from '../../protocol/facts';
import { areStored } from '../../protocol/weights';

/** The obstacle, or null. */
export function whyNotComparable(result: AnalysisResult, baseline: AnalysisResult): Fact | null {
  if (!sameSettings(neuronsAside(result), neuronsAside(baseline)) || !sameNeurons(result, baseline))
    return { code: 'baseline-settings' };
  if (result.version.algorithm !== baseline.version.algorithm) return { code: 'baseline-algorithm' };
  const otherNetwork = networkDifference(result, baseline);
  if (otherNetwork) return otherNetwork;
  if (!sameBase(result.checkpoint, baseline.checkpoint)) return { code: 'baseline-base' };
  return null;
}

function neuronsAside({ settings: { common: _, ...settings } }: AnalysisResult): AnalysisSettings {
  return settings;
}

/** Whether both are over all their nodes, or each is over the nodes it shares with the other. */
function sameNeurons(a: AnalysisResult, b: AnalysisResult): boolean {
  const isOver = (one: AnalysisResult, other: AnalysisResult): boolean =>
    one.settings.common === other.checkpoint.fingerprint;
  if (a.settings.common === undefined && b.settings.common === undefined) return true;
  return isOver(a, b) && isOver(b, a);
}

/** Whether α₀, w and E are the same numbers with these settings: null models do not change the numbers beside them. */
export const sameSettings = (a: AnalysisSettings, b: AnalysisSettings): boolean =>
  identicalSettings({ ...a, nulls: null }, { ...b, nulls: null });

/** Whether results with these settings have the same content, null models included. */
export function identicalSettings(a: AnalysisSettings, b: AnalysisSettings): boolean {
  const keys = Object.keys({ ...a, ...b }) as (keyof AnalysisSettings)[];
  return keys.every((key) => JSON.stringify(a[key]) === JSON.stringify(b[key]));
}

/**
 * The difference between the two networks, if there is one. Other content of the files, such as a vocabulary, a tied
 * head or buffers, is not part of a network.
 */
function networkDifference(
  { network: here }: AnalysisResult,
  { network: there }: AnalysisResult,
): Fact | null {
  // Results of before name their structure not.
  if (!here.structure || !there.structure) {
    const counts = ({ projections, blocks, sources, edges }: AnalysisResult['network']): string =>
      [projections, blocks, sources, edges].join(' ');
    return counts(here) === counts(there) ? null : { code: 'baseline-network' };
  }
  const [own, other] = [here.structure, there.structure];
  const at = firstDifference(
    own.blocks,
    other.blocks,
    ([block, kind], [otherBlock, otherKind]) =>
      block === otherBlock && sameList(own.kinds[kind]!, other.kinds[otherKind]!),
  );
  if (at < 0) return null;
  const [ownKind, otherKind] = [kindAt(own, at), kindAt(other, at)];
  const place = firstDifference(ownKind, otherKind, (a, b) => a === b);
  return {
    code: 'network-differs',
    block: (own.blocks[at] ?? other.blocks[at])![0],
    here: ownKind[place] ?? null,
    baseline: otherKind[place] ?? null,
  };
}

const kindAt = ({ blocks, kinds }: NetworkStructure, at: number): readonly string[] =>
  at < blocks.length ? kinds[blocks[at]![1]]! : [];

/** The index of the first difference between two lists; -1 where they are equal. */
function firstDifference<T>(a: readonly T[], b: readonly T[], same: (a: T, b: T) => boolean): number {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) if (i >= a.length || i >= b.length || !same(a[i]!, b[i]!)) return i;
  return -1;
}

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  firstDifference(a, b, (one, other) => one === other) < 0;

/** Adapters are compared on one base, or with that base itself; drawn weights have no base. */
function sameBase(result: CheckpointInfo, baseline: CheckpointInfo): boolean {
  if (!areStored(baseline.weights) || !(result.adapter ?? baseline.adapter)) return true;
  const base = ({ adapter, fingerprint }: CheckpointInfo): string | undefined =>
    adapter ? adapter.base?.fingerprint : fingerprint;
  return base(result) === base(baseline);
}
