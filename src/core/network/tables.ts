/** Matrices that look like layers by their shape, and are none: tables, and parts of weights that are computed. */
import type { Fact } from '../../protocol/facts';
import type { NamedTensor } from './names';
import { because } from './reasons';
import { wordsOf } from './vocabulary';

/** The codes that quantizers look vectors up in, and their running averages. */
const CODES =
  /(^|[._])code_?(books?|vectors?)([._]|$)|(^|[._])(embed(ding)?|codebook|ema)_(avg|sum|mean|w)$/i;
/** Factors of users and items, one row for each of them. */
const FACTORS =
  /(^|[._])(user|item|entity|relation|node|word)_?(factor|vector|vec|latent)s?$|(^|[._])emb(ed(ding)?)?s?_(user|item)s?([._]|$)/i;
const TABLE = new Set(['emb', 'embs', 'embed', 'embeds', 'embedding', 'embeddings', 'embedder']);
/** Words of layers that write or read embeddings. */
const LAYER =
  /^(proj\w*|lin\w*|fc|layers?|mlp|dense|conv\w*|nets?|in|out|to|mapping|encoders?|hidden|transform\w*|\d+)$/;
/** Values that a model learns or collects, named after what they are. */
const ARRAYS =
  /(^|\.)_?((learned_)?(latents?|queries)|query_tokens?|mem(ory)?(_bank)?|queue|cent(er|roid)s?|anchors?|slots?(_mu)?|prompts?|(mask|register)_tokens?|registers|prototypes?)$/i;
/** Kolmogorov–Arnold networks: the coefficients and scales of the functions that stand in place of weights. */
const SPLINES = /(^|[._])spline_\w+$|(^|\.)act_fun\.\d+\.(coef|scale_\w+|mask|grid)$/;

/** Why a matrix is no layer by its name, inside and outside of blocks; null where it may be one. */
export function tableName({ path }: NamedTensor, bias: number | undefined): Fact | null {
  if (SPLINES.test(path)) return { code: 'parametrized', method: 'a spline' };
  // Tables have no biases.
  if (bias !== undefined) return null;
  if (CODES.test(path) || FACTORS.test(path)) return because('looked-up');
  if (ARRAYS.test(path)) return because('table-or-head');
  const components = path.split('.').filter((component) => !/^\d+$/.test(component));
  const words = wordsOf(components.at(-1) ?? '');
  return words.some((word) => TABLE.has(word)) && !words.some((word) => LAYER.test(word))
    ? because('looked-up')
    : null;
}
