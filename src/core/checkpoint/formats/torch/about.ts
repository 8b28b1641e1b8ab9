/** What a PyTorch file tells besides its weights: how far training had come, and the model's configuration. */
import { classesIn } from './sets';
import { Box, Tuple } from './pickleValues';

/** Largest number of entries to show. */
const MAX_ENTRIES = 100;
const MAX_TEXT = 1000;
const MAX_CLASSES = 20;
/** Settings are nested in those of parts; longer lists are not settings. */
const MAX_DEPTH = 4;
const MAX_ITEMS = 1000;

/** The keys under which trainers store the model's configuration: nanoGPT, Lightning, and others. */
const CONFIGS = ['model_args', 'model_config', 'hyper_parameters', 'config', 'cfg', 'args'];

/** Single values at the top level, and the classes whose objects are not read. */
export function metadataIn(root: unknown): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const [key, value] of root instanceof Map ? root : []) {
    if (typeof key !== 'string' || Object.keys(metadata).length === MAX_ENTRIES) continue;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      metadata[key.slice(0, MAX_TEXT)] = String(value).slice(0, MAX_TEXT);
  }
  // mmcv and programs based on it.
  const meta: unknown = root instanceof Map ? root.get('meta') : undefined;
  for (const key of ['iter', 'epoch']) {
    const value: unknown = meta instanceof Map ? meta.get(key) : undefined;
    if (typeof value === 'number') metadata[`meta.${key}`] = String(value);
  }
  const classes = classesIn(root);
  if (classes.length === 0) return metadata;
  const listed = classes.slice(0, MAX_CLASSES).map(([name, count]) => `${name} (${count})`);
  const rest = classes.length - listed.length;
  return {
    ...metadata,
    'objects of other classes': `${listed.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`.slice(
      0,
      MAX_TEXT * 4,
    ),
  };
}

/** The model's settings as a configuration; null where there are none. */
export function configIn(root: unknown): Readonly<Record<string, unknown>> | null {
  if (!(root instanceof Map)) return null;
  for (const key of CONFIGS) {
    const config = plain(root.get(key), 0);
    if (
      typeof config === 'object' &&
      config !== null &&
      !Array.isArray(config) &&
      Object.keys(config).length > 0
    )
      return config as Record<string, unknown>;
  }
  return null;
}

/**
 * Numbers, texts, lists and dictionaries; also attributes of objects such as argparse's. Undefined for anything else.
 */
function plain(value: unknown, depth: number): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (depth === MAX_DEPTH) return undefined;
  const list = value instanceof Tuple ? value.items : value;
  if (Array.isArray(list)) {
    return list.length > MAX_ITEMS ? undefined : list.map((each) => plain(each, depth + 1) ?? null);
  }
  const entries = value instanceof Box ? (value.items ?? value.state) : value;
  if (!(entries instanceof Map) || entries.size > MAX_ITEMS) return undefined;
  const made: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, each] of entries) {
    const own = typeof key === 'string' ? plain(each, depth + 1) : undefined;
    if (own !== undefined) made[key as string] = own;
  }
  return { ...made };
}
