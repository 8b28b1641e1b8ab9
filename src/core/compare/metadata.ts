/** Differences between the metadata and configurations of two checkpoints. */
import type { TensorComparison } from '../../protocol/comparison';
import { shortened } from '../../protocol/visible';
import type { Checkpoint } from '../checkpoint/types';

const MAX_ENTRIES = 500;
const MAX_LEVELS = 6;

export function compareMetadata(
  a: Checkpoint,
  b: Checkpoint,
): Pick<TensorComparison, 'metadata' | 'metadataLeftOut'> {
  const [own, other] = [entriesOf(a), entriesOf(b)];
  const keys = [...new Set([...own.keys(), ...other.keys()])].filter(
    (key) => own.get(key) !== other.get(key),
  );
  const shown = (text: string | undefined): string | null => (text === undefined ? null : shortened(text));
  return {
    metadata: keys
      .slice(0, MAX_ENTRIES)
      .map((key) => ({ key: shortened(key), a: shown(own.get(key)), b: shown(other.get(key)) })),
    metadataLeftOut: Math.max(0, keys.length - MAX_ENTRIES),
  };
}

/** Metadata, and values of the configuration by their paths in it. */
function entriesOf({ metadata, config, format }: Checkpoint): Map<string, string> {
  const entries = new Map<string, string>([['format', format]]);
  for (const [key, value] of Object.entries(metadata)) entries.set(`metadata.${key}`, value);
  const take = (value: unknown, path: string, level: number): void => {
    if (typeof value === 'object' && value !== null && level < MAX_LEVELS) {
      for (const [key, inner] of Object.entries(value)) take(inner, `${path}.${key}`, level + 1);
    } else entries.set(path, JSON.stringify(value));
  };
  if (config) take(config, 'config', 0);
  return entries;
}
