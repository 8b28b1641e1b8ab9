/**
 * Results without the arrays of their samples that no view of a run needs: those of 154 checkpoints with 150 samples would take 200 MB. The
 * store has them; who needs a whole result asks for it.
 */
import { briefSample } from '../../core/store/briefSample';
import type { AnalysisResult, SampleResult } from '../../protocol/analysis';
import { NeuroMfaError } from '../../protocol/errors';

type Load = () => Promise<AnalysisResult | undefined>;
/** How the whole of brief results is found, by their samples: a result of another path shares them. */
const WHOLE = new WeakMap<readonly SampleResult[], Load>();

/** @param load finds the whole result again. */
export function briefResult(result: AnalysisResult, load: Load): AnalysisResult {
  const samples = result.samples.map(briefSample);
  WHOLE.set(samples, load);
  return { ...result, samples };
}

/**
 * The whole of a result, brief or not.
 * @throws NeuroMfaError `missing` where it is no longer stored; what reading it throws.
 */
export async function wholeResult(result: AnalysisResult): Promise<AnalysisResult> {
  const load = WHOLE.get(result.samples);
  if (!load) return result;
  const { checkpoint } = result;
  const whole = await load();
  // Of other bytes it would be another result.
  if (whole?.checkpoint.fingerprint === checkpoint.fingerprint) return { ...whole, checkpoint };
  throw new NeuroMfaError(
    'missing',
    checkpoint.path,
    'its result is no longer among the stored ones',
    'Analyze it again',
  );
}
