/**
 * The documented initial weights of architectures, for networks before any training. Each rule names its source; the
 * definitions are in the public model code, read as formulas of shapes and configuration. All means are 0.
 */
import type { Distribution } from '../weights/drawn';
import type { Config, Network, Projection, ProjectionPart, Role } from './types';

export interface Initializer {
  /** Where it is defined, and how, in words. */
  source: string;
  /** The distribution of every part of every projection, in network order. */
  parts: readonly (readonly Distribution[])[];
}

interface Place {
  network: Network;
  projection: Projection;
  part: ProjectionPart;
  /** Width of the block's activations. */
  hidden: number;
  config: Config;
}

interface Rule {
  source: string;
  /** Null where it says nothing. */
  weights: (place: Place) => Distribution | null;
}

/** @returns null where no initializer is documented, or the configuration lacks what it needs. */
export function documentedInitializer(network: Network, config: Config): Initializer | null {
  const rule = Object.hasOwn(RULES, network.architecture) ? RULES[network.architecture]! : null;
  if (!rule) return null;
  const hidden = network.projections[0]!.sources;
  const parts: Distribution[][] = [];
  for (const projection of network.projections) {
    const own = projection.parts.map((part) => rule.weights({ network, projection, part, hidden, config }));
    // Factors from a configuration may have any value.
    if (!own.every((weights) => weights !== null && Number.isFinite(weights.std))) return null;
    parts.push(own as Distribution[]);
  }
  return { source: rule.source, parts };
}

const normal = (std: number): Distribution => ({ distribution: 'normal', std });
/** Uniform within ±`bound`. */
const uniform = (bound: number): Distribution => ({ distribution: 'uniform', std: bound / Math.sqrt(3) });
const ZEROS: Distribution = { distribution: 'zeros', std: 0 };

const OUTPUTS: readonly Role[] = ['attention.out', 'cross_attention.out', 'mlp.down', 'expert.down'];
const writesOutput = ({ projection }: Place): boolean => OUTPUTS.includes(projection.role);

function number(config: Config, key: string): number | null {
  const value = config?.[key];
  return typeof value === 'number' && value > 0 && Number.isFinite(value) ? value : null;
}

/** One normal distribution, whose deviation the configuration gives under one of these names; by default 0.02. */
function constant(source: string): Rule {
  return { source, weights: ({ config }) => normal(configured(config)) };
}

function configured(config: Config): number {
  return number(config, 'initializer_range') ?? number(config, 'init_std') ?? 0.02;
}

/** GPT-2: layers that write to the residual stream are scaled by their number. */
function residualScaled(source: string): Rule {
  return {
    source,
    weights: (place) => {
      const std = configured(place.config);
      return normal(writesOutput(place) ? std / Math.sqrt(2 * place.network.blocks) : std);
    },
  };
}

/** Names of the U-Net in the code of CompVis and Stability. */
const ORIGINAL_UNET = /(^|\.)(input_blocks|middle_block|output_blocks)\./;

/** PyTorch's default: Kaiming uniform with a = √5, which is uniform within ±1/√fan_in. */
function torchDefault({ part }: Place): Distribution {
  return uniform(1 / Math.sqrt(part.columns * part.taps));
}

/** Kaiming normal over fan_out with the gain of ReLU. Groups do not count, as in PyTorch. */
function kaimingFanOut({ part }: Place): Distribution {
  return normal(Math.sqrt(2 / (part.rows * part.taps)));
}

function t5({ projection, part, network, hidden, config }: Place): Distribution | null {
  const factor = number(config, 'initializer_factor') ?? 1;
  switch (projection.role) {
    case 'attention.qkv':
    case 'cross_attention.q':
    case 'cross_attention.kv': {
      const query = projection.role !== 'cross_attention.kv' && part === projection.parts[0];
      if (!query) return normal(factor / Math.sqrt(hidden));
      const size = number(config, 'd_kv') ?? headSize(network, config);
      return size === null ? null : normal(factor / Math.sqrt(hidden * size));
    }
    default:
      // Outputs scale with the width that they read: that of the heads, or of the feed-forward layer.
      return normal(factor / Math.sqrt(projection.sources));
  }
}

function headSize({ projections }: Network, config: Config): number | null {
  const heads = number(config, 'num_heads');
  return heads && projections[0]!.parts[0]!.rows / heads;
}

/** CLIP's towers differ in width and depth. */
function clip({ network, projection, part, config }: Place): Distribution | null {
  const kind = config?.['model_type'];
  if (typeof kind !== 'string' || !kind.startsWith('clip')) return null; // SigLIP has the same names
  const tower = towerOf(part);
  const own = network.projections.filter(({ parts }) => towerOf(parts[0]!) === tower);
  const width = own[0]!.sources;
  const scaled = 1 / Math.sqrt(2 * width * new Set(own.map(({ block }) => block)).size);
  switch (projection.role) {
    case 'attention.qkv':
    case 'mlp.down':
      return normal(scaled);
    case 'attention.out':
      return normal(1 / Math.sqrt(width));
    default:
      return normal(1 / Math.sqrt(2 * width));
  }
}

function towerOf({ tensor }: ProjectionPart): string {
  const at = tensor.search(/layers\.\d+\./);
  return at < 0 ? tensor : tensor.slice(0, at);
}

function mamba(place: Place): Distribution {
  const { projection, part, network } = place;
  if (projection.role === 'ssm.time_step') return uniform(1 / Math.sqrt(part.columns));
  const weights = torchDefault(place);
  return projection.role === 'ssm.out'
    ? { ...weights, std: weights.std / Math.sqrt(network.blocks) }
    : weights;
}

const RULES: Readonly<Record<string, Rule>> = {
  gpt_neox: {
    source:
      'GPT-NeoX as configured for Pythia (arXiv:2304.01373): small_init, std √(2/(5h)) (arXiv:1910.05895), and wang_init, std 2/(L√h), for output layers',
    weights: (place) =>
      normal(
        writesOutput(place)
          ? 2 / (place.network.blocks * Math.sqrt(place.hidden))
          : Math.sqrt(2 / (5 * place.hidden)),
      ),
  },
  gpt2: residualScaled('modeling_gpt2.py: normal, initializer_range (0.02); c_proj divided by √(2L)'),
  gpt_bigcode: residualScaled(
    'modeling_gpt_bigcode.py: normal, initializer_range (0.02); c_proj divided by √(2L)',
  ),
  gptj: constant('modeling_gptj.py: normal, initializer_range (0.02)'),
  gpt_neo: constant('modeling_gpt_neo.py: normal, initializer_range (0.02)'),
  bloom: constant('modeling_bloom.py: normal, initializer_range (0.02)'),
  falcon: constant('modeling_falcon.py: normal, initializer_range (0.02)'),
  mpt: constant('modeling_mpt.py: normal, initializer_range (0.02)'),
  opt: constant('modeling_opt.py: normal, init_std (0.02)'),
  phi: constant('modeling_phi.py: normal, initializer_range (0.02)'),
  llama: constant('modeling_llama.py: normal, initializer_range (0.02)'),
  deepseek: constant('modeling_deepseek_v3.py: normal, initializer_range (0.02)'),
  bert: constant('modeling_bert.py: normal, initializer_range (0.02)'),
  distilbert: constant('modeling_distilbert.py: normal, initializer_range (0.02)'),
  albert: constant('modeling_albert.py: normal, initializer_range (0.02)'),
  bart: constant('modeling_bart.py: normal, init_std (0.02)'),
  t5: {
    source:
      'modeling_t5.py: normal, initializer_factor × (d_model · d_kv)^-½ for q, d_model^-½ for k, v and wi, fan-in^-½ for o and wo',
    weights: t5,
  },
  clip: {
    source:
      'modeling_clip.py: normal, (2 d L)^-½ for q, k, v and fc2, d^-½ for the attention output, (2 d)^-½ for fc1',
    weights: clip,
  },
  vit: constant('modeling_vit.py, timm: normal, initializer_range (0.02), truncated at 100 deviations'),
  swin: constant('swin_transformer.py: normal, 0.02, truncated at 100 deviations'),
  convnext: constant('convnext.py: normal, 0.02, truncated at 100 deviations'),
  resnet: {
    source:
      "torchvision's resnet.py, modeling_resnet.py: Kaiming normal over fan_out, std √(2/(out · kh · kw))",
    weights: kaimingFanOut,
  },
  unet: { source: "PyTorch's default: uniform within ±1/√fan_in", weights: torchDefault },
  diffusers_unet: {
    source: "PyTorch's default: uniform within ±1/√fan_in",
    // openaimodel.py initializes the last layer of a block to 0.
    weights: (place) => (ORIGINAL_UNET.test(place.part.tensor) ? null : torchDefault(place)),
  },
  diffusers_transformer: { source: "PyTorch's default: uniform within ±1/√fan_in", weights: torchDefault },
  dit: {
    source: "Facebook's DiT models.py: Xavier uniform; the modulation starts at 0",
    // Layers with cross-attention belong to other models.
    weights: ({ projection: { role }, part: { rows, columns } }) => {
      if (role.startsWith('cross_attention.')) return null;
      return role === 'conditioning' ? ZEROS : uniform(Math.sqrt(6 / (rows + columns)));
    },
  },
  mamba: {
    source:
      "mamba_ssm: PyTorch's default, uniform within ±1/√fan_in; dt_proj within ±rank^-½; out_proj divided by √L",
    weights: mamba,
  },
};
