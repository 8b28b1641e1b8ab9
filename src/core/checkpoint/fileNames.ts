/** What a file's name says about its role in a checkpoint: a part of it, an edition of it, or neither. */
import { stemOf } from './formats/names';

export interface NameParts {
  /** The checkpoint's name: without file endings and without the number of a shard. */
  stem: string;
  /** The same with `#` in place of rank numbers: equal for all parts of a checkpoint that is split over ranks. */
  split: string;
  /** The numbers of the ranks, in the order of the name; empty where the name has none. */
  ranks: readonly number[];
  /** Whether the name says that there are other parts, wherever they are. */
  hasOthers: boolean;
  /** Number of a shard: `n` of `of`. */
  shard: { n: number; of: number } | null;
  /** The stem without its edition. */
  base: string;
  /** The word that distinguishes this edition of the same weights: a type of numbers, or averaged weights. */
  edition: string | null;
}

/** `model-00001-of-00002`, or with the edition after it, as diffusers wrote before 0.27: `…-00001-of-00002.fp16`. */
const SHARD = /^(.*)[-.](\d+)-of-(\d+)(\.[\w-]+)?$/s;

/**
 * Parts of one model that programs split over processes: TensorRT-LLM (`rank0`), vLLM (`model-rank-0-part-0`), Megatron
 * (`tp_rank_00_pp_rank_001`), FSDP (`model_world_size_2_rank_0`), DeepSeek (`model0-mp2`), Meta (`consolidated.00`), PyTorch's
 * distributed checkpoints in safetensors (`shard-00001-model`).
 */
const RANKS = [
  /(\d+)(?=-mp\d+$)/gi,
  /(?<![a-z])(?:rank|part|shard|slice)[-_]?(\d+)/gi,
  /(?<![a-z])(?:tp|pp|mp|dp)[-_]?(\d+)(?![a-z\d])/gi,
  /(?<=^consolidated\.)(\d+)$/gi,
];
/**
 * OpenNMT: `mymodel.0`. Other files may have such names too, so these are parts only where all numbers from 0 on exist.
 */
const NUMBERED = /\.(\d{1,3})$/;
/** Names that say how many parts there are. */
const COUNTS = [/-mp(\d+)$/i, /world[-_]?size[-_]?(\d+)/i, /rank[-_]?\d+[-_]of[-_](\d+)/i];

/**
 * Names that libraries give to weights: what follows the dot is the edition (`variant` in transformers and diffusers).
 */
const VARIANT = /^((?:[a-z_]+_)?model)\.([a-z][\w-]*)$/i;
/** In other names only these words denote an edition. */
const EDITION = new RegExp(
  `[-_. ]?(?<![a-z\\d])(${[
    'non[-_]?ema',
    'no[-_]?ema',
    'ema[-_]?(?:only|model|weights)?',
    'swa',
    'pruned',
    'averaged',
    'b?fp?(?:16|32|64)',
    'fp?8(?:[-_]?e\\dm\\d(?:fn)?)?(?:[-_]scaled)?',
    'half',
    'int[48]',
    'nf4',
    '(?:mx|nv)?fp4',
    '[48][-_]?bits?',
    'i?q\\d(?:[-_][k\\d](?:[-_][sml])?)?',
    'w\\d+a\\d+',
    'gptq',
    'awq',
    'bnb',
    'quanti[sz]ed',
  ].join('|')})(?![a-z\\d])`,
  'gi',
);

export function partsOf(fileName: string): NameParts {
  const whole = stemOf(fileName);
  const cut = SHARD.exec(whole);
  const shard = cut && { n: Number(cut[2]), of: Number(cut[3]) };
  const stem = cut ? `${cut[1]!}${cut[4] ?? ''}` : whole;
  const ranks: number[] = [];
  let split = stem;
  if (!/\d/.test(stem)) return { stem, split, ranks, hasOthers: false, shard, ...editionOf(stem) };
  for (const pattern of RANKS) {
    split = split.replace(pattern, (words, number: string) => {
      ranks.push(Number(number));
      return words.slice(0, -number.length) + '#';
    });
  }
  if (ranks.length === 0) {
    split = stem.replace(NUMBERED, (_, number: string) => {
      ranks.push(Number(number));
      return '.#';
    });
  }
  const hasOthers = COUNTS.some((pattern) => Number(pattern.exec(stem)?.[1] ?? 1) > 1);
  return { stem, split, ranks, hasOthers, shard, ...editionOf(stem) };
}

/** Whether files that differ in the numbers of their ranks are parts of one checkpoint. */
export function areParts(files: readonly NameParts[]): boolean {
  if (files.every(({ ranks }) => ranks.length === 0)) return false;
  if (files.some(({ hasOthers }) => hasOthers)) return true;
  if (new Set(files.map(({ stem }) => stem)).size < 2) return false;
  const numbers = [...new Set(files.map(({ ranks }) => ranks[0]!))].sort((a, b) => a - b);
  const inTurn = numbers.every((number, i) => number === numbers[0]! + i);
  const numbered = files.every(({ stem }) => NUMBERED.test(stem) && !/^consolidated\./i.test(stem));
  return numbers[0] === 0 ? inTurn || !numbered : numbers[0] === 1 && inTurn && !numbered;
}

/** A name without its edition, and the edition; a bare edition (`ema`) is one of `model`. */
export function editionOf(stem: string): { base: string; edition: string | null } {
  const variant = VARIANT.exec(stem);
  if (variant) return { base: variant[1]!, edition: variant[2]! };
  const words: string[] = [];
  const base = stem.replace(EDITION, (_, word: string) => {
    words.push(word);
    return '';
  });
  if (words.length === 0) return { base: stem, edition: null };
  return { base: base.replace(/^[-_. ]/, '') || 'model', edition: words.join('-').toLowerCase() };
}
