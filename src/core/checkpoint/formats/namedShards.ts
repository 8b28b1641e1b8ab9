/** The files that an index names, read without opening any of them: for watching them. */
import { readSmallFile } from '../../storage/smallFile';
import { MAX_INDEX_BYTES } from './caps';

const WORDS = { what: 'the index', nextStep: 'Download the index and its shards again' };

/**
 * Names of files in the folder of the index, each once, in order; null where the file is no index of any kind that is known.
 * @throws NeuroMfaError where it cannot be read
 */
export function namedShards(path: string): string[] | null {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(readSmallFile(path, MAX_INDEX_BYTES, WORDS)));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const names = new Set(namesIn(json).filter(isPlain));
  return names.size > 0 ? [...names].sort() : null;
}

/** Of an index of tensors, or of a manifest of TensorFlow.js, which lists groups of files. */
function namesIn(json: unknown): unknown[] {
  const { weight_map: map, weightsManifest } = Object(json) as Record<string, unknown>;
  if (map) return Object.values(Object(map) as Record<string, unknown>);
  const groups: unknown = weightsManifest ?? json;
  return Array.isArray(groups)
    ? groups.flatMap((group) => {
        const { paths } = Object(group) as { paths?: unknown };
        return Array.isArray(paths) ? (paths as unknown[]) : [];
      })
    : [];
}

/** What could lead out of the folder is refused when the checkpoint is opened; it is not looked at here either. */
const isPlain = (name: unknown): name is string =>
  typeof name === 'string' && name !== '' && !/[/\\]|^\.\.?$/.test(name);
