/** What a reader of a series should know where checkpoints hold the same weights. */
import type { Fact } from '../../protocol/facts';
import type { BaselineChoice } from '../../protocol/run';
import type { RunResult } from './runResult';

/** The groups of such checkpoints, and what they mean for the baseline. */
export function identicalWarnings(
  results: readonly RunResult[],
  baseline: BaselineChoice,
  reference: RunResult | null,
): Fact[] {
  const warnings: Fact[] = [];
  const warned = new Set<string>();
  for (const { sameAs } of results) {
    const group = JSON.stringify(sameAs);
    if (!sameAs || warned.has(group)) continue;
    warned.add(group);
    warnings.push({ code: 'identical-weights', checkpoints: [...sameAs] });
  }
  const compared = reference && results.find(({ result }) => isOf(result, reference));
  if (!compared || baseline.kind === 'init') return warnings;
  const { name } = compared.result.checkpoint;
  const first = results[0]!;
  if (compared.sameAs)
    warnings.push({
      code: 'identical-baseline',
      checkpoint: name,
      checkpoints: [...compared.sameAs],
    });
  else if (baseline.kind === 'first' && first !== compared && first.sameAs)
    warnings.push({ code: 'baseline-after-first', first: first.result.checkpoint.name, baseline: name });
  return warnings;
}

const isOf = ({ checkpoint }: RunResult['result'], reference: RunResult): boolean =>
  checkpoint.path === reference.result.checkpoint.path;
