/** The meaning of every symbol, in one sentence, and where it is defined. */
import { t } from './l10n';

/** Symbols with a tooltip, and a place in the guide. */
export const SYMBOL_IDS = [
  'alpha0',
  'alpha0Exact',
  'width',
  'beyondWidth',
  'alpha',
  'f',
  'q',
  'tau',
  'dimension',
  'z',
  'radius',
  'r2',
  'nfd',
  'interval',
  'emergence',
  'spread',
  'neurons',
  'allNeurons',
  'edges',
  'allEdges',
] as const;
export type SymbolId = (typeof SYMBOL_IDS)[number];

interface Meaning {
  text: string;
  means: string;
}

/** The printed symbol and its meaning in the current language. */
export function meaning(id: SymbolId): Meaning {
  const all: Record<SymbolId, Meaning> = {
    alpha0: {
      text: 'α₀',
      means: t(
        'Regularity α₀: the exponent α where f(α) is largest; defined by Xiao et al., ICLR 2025, who read a lower one as more ordered connections. Larger weights alone lower it too.',
      ),
    },
    alpha0Exact: {
      text: 'τ′(0)',
      means: t(
        'The exact slope of τ at q = 0, the mean over neurons of the slope of ln μ on ln r; α₀ is its finite-difference counterpart.',
      ),
    },
    width: {
      text: 'w',
      means: t(
        'Heterogeneity w: the largest α minus the smallest over the q grid; defined by Xiao et al., ICLR 2025, who read a larger one as more diverse connections. Larger weights alone change it too.',
      ),
    },
    beyondWidth: {
      text: t('beyond w'),
      means: t(
        'ln(w / w of the same weights reshuffled within their tensors): how much wider the spectrum is than the sizes of the weights alone make it; 0 is chance.',
      ),
    },
    alpha: {
      text: 'α',
      means: t(
        'Lipschitz–Hölder exponent: the slope of τ(q), that is how fast the number of connections grows with radius in the regime that q selects.',
      ),
    },
    f: {
      text: 'f(α)',
      means: t(
        'Multifractal spectrum: the Legendre transform f = qα − τ(q); its top is 0 at q = 0 because Z₀ is the node count.',
      ),
    },
    q: {
      text: 'q',
      means: t(
        'Moment order: negative q stresses neurons with few connections within r, positive q those with many.',
      ),
    },
    tau: {
      text: 'τ(q)',
      means: t(
        'Mass exponent: the least-squares slope of ln Z(q, r) on ln(r / rₘₐₓ) over all radii that occur.',
      ),
    },
    dimension: {
      text: 'D(q)',
      means: t('Generalized dimension in the textbook convention, τ(q) / (q − 1); not defined at q = 1.'),
    },
    z: {
      text: 'Z(q, r)',
      means: t(
        'Partition function: the sum over neurons of μ(r)^q, where μ(r) = N(r) / N(rₘₐₓ) is the share of a neuron’s connections within r.',
      ),
    },
    radius: {
      text: 'r',
      means: t(
        'Radius: edge length rounded to a whole number; by default an edge of weight w has length 1 / |w|, so a strong weight is a short edge.',
      ),
    },
    r2: {
      text: 'R²',
      means: t(
        'Goodness of fit of the straight line behind each τ(q): 1 is a perfect line; not defined at q = 0.',
      ),
    },
    nfd: {
      text: 'NFD',
      means: t('Neuron fractal dimension: the slope of ln N on ln r around one neuron.'),
    },
    interval: {
      text: '±',
      means: t(
        'Half of the 95 % interval of the mean over samples (Student’s t); it covers sampling error only.',
      ),
    },
    emergence: {
      text: 'E',
      means: t(
        'Degree of emergence: (w(t) / w(0)) · ln(α₀(0) / α₀(t)); 0 at the baseline, larger the further α₀ fell; defined by Xiao et al., ICLR 2025.',
      ),
    },
    spread: {
      text: '[ , ]',
      means: t(
        'The central 95 % of the numbers that come out when whole blocks are drawn with replacement: how far layers differ. The full network has no sampling error.',
      ),
    },
    neurons: {
      text: t('neurons'),
      means: t(
        'Source neurons used per sample, of those sampled; a neuron needs more than 10 edges with 1 < d ≤ T.',
      ),
    },
    allNeurons: {
      text: t('neurons'),
      means: t(
        'Source neurons used, of all in the network; a neuron needs more than 10 edges with 1 < d ≤ T.',
      ),
    },
    edges: {
      text: t('edges'),
      means: t('Weights read into edges per sample, before any filter.'),
    },
    allEdges: {
      text: t('edges'),
      means: t('All weights between neurons, before any filter.'),
    },
  };
  return all[id];
}
