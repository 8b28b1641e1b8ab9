/** Configurations inside a configuration: a model of several parts has one for each. */
import type { Config } from './types';

/** Deeper levels belong to no part: `thinker_config.text_config` is at the second level. */
const DEEPEST = 2;
const KINDS: readonly (readonly [kind: string, words: RegExp])[] = [
  ['vision', /vision|visual|vit|image|img|vpm|pixel|siglip/i],
  ['audio', /audio|speech|whisper|apm/i],
  ['text', /text|language|llm|lm/i],
];

interface Nested {
  /** Its keys from the top, without `_config`. */
  stems: readonly string[];
  config: NonNullable<Config>;
}

/** No model has more parts; each is compared with every prefix of the tensors' names. */
const MAX_PARTS = 32;

const known = new WeakMap<NonNullable<Config>, Nested[]>();

/** The configuration and those inside it, from the top. */
export function allConfigs(config: Config): NonNullable<Config>[] {
  return config === null ? [] : [config, ...partsOf(config).map((each) => each.config)];
}

/** Cached, because it is needed for every tensor that is left out. */
function partsOf(config: NonNullable<Config>): Nested[] {
  let parts = known.get(config);
  if (!parts) known.set(config, (parts = nested(config, []).slice(0, MAX_PARTS)));
  return parts;
}

function nested(config: NonNullable<Config>, above: readonly string[]): Nested[] {
  if (above.length === DEEPEST) return [];
  return Object.entries(config).flatMap(([key, value]) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
    const stems = [...above, key.replace(/_?(config|cfg)$/i, '')];
    const own = value as NonNullable<Config>;
    return [{ stems, config: own }, ...nested(own, stems)];
  });
}

/**
 * The configuration for tensors whose names begin with `prefix`, among those for which `tells` is true: the one with a
 * similar name (`vision_config` for `vision_tower.`); for names that match none, the text model's, otherwise that of
 * the whole model.
 */
export function partConfig(config: Config, prefix: string, tells: (config: Config) => boolean): Config {
  if (config === null) return null;
  const parts = partsOf(config).filter((part) => tells(part.config));
  if (parts.length === 0) return config;
  const kind = kindOf(prefix) ?? 'text';
  const own = parts.map(({ stems, config: each }) => {
    const leaf = stems.at(-1)!;
    const called = stems.filter((stem) => stem !== '' && prefix.includes(stem)).length;
    const same = kindOf(leaf) === kind;
    return { config: each, score: same || (kindOf(leaf) === null && called > 0) ? 1 + called : 0 };
  });
  const best = own.reduce((most, each) => (each.score > most.score ? each : most));
  if (best.score > 0) return best.config;
  return kind === 'text' ? config : null;
}

function kindOf(name: string): string | null {
  return KINDS.find(([, words]) => words.test(name))?.[0] ?? null;
}
