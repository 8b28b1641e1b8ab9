/** The same weights stored in another way: as float32, in safetensors. */
import { modelOf, type Model } from '../../../src/core/adapter/model';
import { decode, DTYPE_BITS } from '../../../src/core/checkpoint/dtype';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import type { Checkpoint, TensorInfo } from '../../../src/core/checkpoint/types';
import type { AnalysisResult } from '../../../src/protocol/analysis';
import type { SettingsInput } from '../../../src/core/analysis/settings';
import { analyzeOpened, openedModel } from './analyzeOpened';

/** All values of a tensor, as float32. */
export function valuesOf(checkpoint: Pick<Checkpoint, 'read'>, tensor: TensorInfo): Float32Array {
  const elements = tensor.shape.reduce((product, side) => product * side, 1);
  const bytes = new Uint8Array((elements * DTYPE_BITS[tensor.dtype]) / 8);
  checkpoint.read(tensor, 0, bytes);
  const values = new Float64Array(elements);
  decode(tensor.dtype, bytes, values);
  return Float32Array.from(values);
}

/** The figures of an analysis of whatever lies at `path`. */
export async function figuresOf(path: string, settings: Partial<SettingsInput>): Promise<unknown> {
  return figures(await resultOf(path, settings));
}

export async function resultOf(
  path: string,
  settings: Partial<SettingsInput>,
  base: string | null = null,
): Promise<AnalysisResult> {
  const model = modelAt(path, base);
  try {
    return await analyzeOpened(path, openedModel(model), settings);
  } finally {
    model.close();
  }
}

export function modelAt(path: string, base: string | null = null): Model {
  return modelOf(openCheckpoint(path), base);
}

/** Without what tells where they come from, and the Gaussian weights beside them, which are drawn in the order of the file. */
export function figures({ samples, summary, perProjection, bootstrap }: AnalysisResult): unknown {
  const own = perProjection?.map(({ name: _, gaussian: __, ...rest }) => rest);
  return { samples, summary, perProjection: own, bootstrap };
}
