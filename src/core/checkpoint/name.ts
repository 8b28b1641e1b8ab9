/** What to call a checkpoint on a chart or in a table. */
import { stemOf } from './formats/names';

/** File names that say nothing: the folders above say more. */
const COMMON_STEMS = new Set([
  'model',
  'pytorch_model',
  'diffusion_pytorch_model',
  'consolidated',
  'adapter_model',
  '.metadata',
  'mp_rank_00_model_states',
  'zero_pp_rank_0_mp_rank_00_model_states',
]);

/** Short name: `neox-1m/step4000` for …/neox-1m/step4000/model.safetensors, `owner/model@4f2c1b9` in Hugging Face's cache. */
export function checkpointName(path: string): string {
  const parts = path.split(/[/\\]/).filter(Boolean);
  const stem = stemOf(parts.pop() ?? '');
  if (!COMMON_STEMS.has(stem.toLowerCase()) || parts.length === 0) parts.push(stem);
  return cachedName(parts) ?? parts.slice(-2).join('/');
}

/** Hugging Face's cache: …/models--owner--model/snapshots/<commit>[/…]. */
function cachedName(parts: readonly string[]): string | null {
  const at = parts.lastIndexOf('snapshots');
  const repository = at > 0 ? parts[at - 1]! : '';
  const commit = parts[at + 1];
  if (!repository.startsWith('models--') || !commit) return null;
  const name = `${repository.slice('models--'.length).replaceAll('--', '/')}@${commit.slice(0, 7)}`;
  return [name, ...parts.slice(at + 2)].join('/');
}
