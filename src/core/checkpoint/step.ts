/** How far training had come according to names: most checkpoints record it nowhere else. */
import { partsOf } from './fileNames';

/** Null where a name does not give it. */
export interface Progress {
  /** The stage, for a training in stages. */
  stage: number | null;
  epoch: number | null;
  step: number | null;
  tokens: number | null;
}

export interface ReadName extends Progress {
  /** The name with `#` for what changes from one checkpoint of a training to the next. */
  pattern: string;
  /** Where the name gives none of the above: other numbers that may count checkpoints. */
  numbers: readonly number[];
  /** Whether it has a number that distinguishes models or trainings, such as a seed. */
  apart: boolean;
  /**
   * Whether widths, resolutions and the like have such names too: then the checkpoints must be alike, or notes must
   * give the step.
   */
  weak: boolean;
}

type Unit = keyof Progress | 'other';

interface Rule {
  /** Its groups have the names of what they say; `other` changes during training but gives no order. */
  pattern: RegExp;
  /** Set where folders have such names for other reasons. */
  filesOnly?: true;
  /** Set where other files have such names too. */
  weak?: true;
}

/** A number at the end of a word, with a unit of its own: `50K`, `1431k`, `1.5M`. */
const counted = (unit: Unit): string => String.raw`(?<${unit}>\d+(?:\.\d+(?=[kmbt]))?[kmbt]?)(?![\da-z])`;
const rule = (pattern: string): Rule => ({ pattern: new RegExp(pattern, 'dgi') });
const fileRule = (pattern: string): Rule => ({ ...rule(pattern), filesOnly: true });
const weakRule = (pattern: string): Rule => ({ ...fileRule(pattern), weak: true });

/** In order: text that one rule has matched is not examined again, and the first rule that matches something counts. */
const RULES: readonly Rule[] = [
  // OneTrainer: name-save-STEP-EPOCH-STEP_OF_EPOCH.
  fileRule(String.raw`-save-(?<step>\d+)-(?<epoch>\d+)-(?<other>\d+)$`),
  rule(String.raw`(?<other>(?<!\d)\d{4}-\d\d-\d\d(?:[T_ -]\d\d[-:.]?\d\d(?:[-:.]?\d\d)?)?(?!\d))`),
  rule(String.raw`(?<!\d)(?<other>20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?!\d)`),
  fileRule(String.raw`_e(?<epoch>\d+)_s(?<step>\d+)$`),
  // fairseq.
  rule(String.raw`^checkpoint_(?<epoch>\d+)_(?<step>\d+)$`),
  rule(String.raw`(?<![a-z])(?:global[_-]?)?steps?[=_-]{0,2}${counted('step')}`),
  rule(String.raw`(?<![a-z])(?:iter(?:ation)?s?|updates?)[=_-]?${counted('step')}`),
  // MosaicML Composer counts batches: ep0-ba100.
  rule(String.raw`(?<![a-z])ba(?<step>\d+)(?![\da-z])`),
  rule(
    String.raw`(?<![\d.a-z])(?<step>\d+(?:\.\d+(?=[kmb]))?[kmb]?)[_-]?(?:steps?|iter(?:ation)?s?|updates?)(?![a-z])`,
  ),
  rule(String.raw`(?<![a-z])(?:checkpoint|ckpt)[=_-]?(?<step>\d+k?)(?![\da-z])`),
  weakRule(String.raw`^[a-z_]*model[=_-](?<step>\d+)$`),
  // A generator and its discriminator: BasicSR (net_d_1000), so-vits-svc and RVC (D_1000), HiFi-GAN (do_00001000), pix2pix (5_net_D).
  weakRule(String.raw`^net[_-]?[gd](?:_ema)?[_-](?<step>\d+)$`),
  weakRule(String.raw`^(?:[gd]|do)_(?<step>\d+)$`),
  fileRule(String.raw`^(?<epoch>\d+)_net_[a-z_]+$`),
  // mlx-lm: 0000100_adapters; ai-toolkit: name_000000250.
  fileRule(String.raw`^(?<step>\d{7})_adapters$`),
  fileRule(String.raw`_(?<step>\d{9})$`),
  rule(String.raw`(?<![a-z])(?:epochs?|ep)[=_-]{0,2}(?<epoch>\d+)(?![\da-z])`),
  rule(String.raw`(?<![\d.a-z])(?<epoch>\d+)[_-]?epochs?(?![a-z])`),
  // kohya's trainers.
  fileRule(String.raw`-(?<epoch>\d{6})$`),
  rule(String.raw`(?<![a-z])tokens?[=_-]?${counted('tokens')}`),
  rule(String.raw`(?<![\d.a-z])(?<tokens>\d+(?:\.\d+)?[kmbt]?)[_-]?tok(?:ens?)?(?![a-z])`),
  rule(String.raw`(?<![a-z])(?:stage|phase)[=_-]?(?<stage>\d+)(?![\da-z])`),
  rule(String.raw`=-?(?<other>\d+(?:\.\d+)?(?:e-?\d+)?)`),
  rule(
    String.raw`(?<![a-z])(?:loss|acc(?:uracy)?|ppl|score|reward|f1|bleu|wer|map|iou)[=_-]?(?<other>\d+(?:\.\d+)?)`,
  ),
];

/** Matches any name that a rule may match; folders may have 100,000 files. */
const MAY_TELL =
  /step|iter|update|ba\d|checkpoint|ckpt|model|epoch|ep[=_-]*\d|tok|stage|phase|=|loss|acc|ppl|score|reward|f1|bleu|wer|map|iou|save-|net[_-]?[gd]|^(?:[gd]|do)_|_e\d|[-_]\d{6}|^\d{7}_|\d{4}-\d\d|20\d{6}/i;

const FACTORS: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, b: 1e9, t: 1e12 };

/** Numbers after these words distinguish models and trainings, not progress. */
const APART = new Set(
  (
    'lr seed fold trial run exp experiment version ver v bs batch batchsize wd dim rank r alpha layer layers head heads ' +
    'size depth width block blocks bit bits d h l beta gamma temp top split part shard slice worker process device gpu node tp pp mp dp variant task client agent env cv group ' +
    'expert experts member sample gpt llama qwen gemma phi sd xl flux vit resnet t bert ingredient soup'
  ).split(' '),
);

/** Folders whose subfolders' numbers do the same. */
const APART_FOLDER =
  /^(?:(?:lr|seed|fold|trial|rank|dim|width|size|depth|res(?:olution)?|ablation)(?:e?s)?|(?:run|exp(?:eriment)?|layer|head|expert|variant|task|version|split|part|group|member|sample)s)$/i;

export const isApartFolder = (name: string): boolean => APART_FOLDER.test(name);

/** Widths and resolutions that are not powers of two. */
const RESOLUTIONS = new Set([
  96, 112, 160, 192, 224, 288, 320, 336, 384, 448, 480, 518, 576, 640, 720, 768, 896,
]);

/** Whether bare numbers may be widths or resolutions of models: common sizes, and not equally spaced. */
export function mayBeSizes(numbers: readonly number[]): boolean {
  const inOrder = [...numbers].sort((a, b) => a - b);
  const isPaced = inOrder.length > 2 && inOrder.every((number, i) => number === (i + 1) * inOrder[0]!);
  return (
    !isPaced &&
    inOrder.every((n) => RESOLUTIONS.has(n) || (n >= 16 && n <= 8192 && Number.isInteger(Math.log2(n))))
  );
}

interface Span {
  start: number;
  end: number;
}

/** Recently parsed names: folders are asked about for every file in them. */
const known = new Map<string, ReadName>();
const MAX_KNOWN = 1000;

/** What the name of a file (without file endings) or of a folder says. */
export function readName(name: string, isFile: boolean): ReadName {
  const key = `${isFile ? 'file' : 'folder'}/${name}`;
  let read = known.get(key);
  if (!read) {
    if (known.size === MAX_KNOWN) known.clear();
    known.set(key, (read = readNew(name, isFile)));
  }
  return read;
}

function readNew(name: string, isFile: boolean): ReadName {
  const progress: Progress = { stage: null, epoch: null, step: null, tokens: null };
  if (!/\d/.test(name)) return { ...progress, pattern: name, numbers: [], apart: false, weak: false };
  let weak = false;
  const taken: Span[] = [];
  const changing: Span[] = [];
  const overlaps = (start: number, end: number): boolean =>
    taken.some((span) => start < span.end && span.start < end);
  for (const { pattern, filesOnly, weak: isWeak = false } of MAY_TELL.test(name) ? RULES : []) {
    if (filesOnly && !isFile) continue;
    const matches = Array.from(name.matchAll(pattern)).filter(
      ({ index, 0: text }) => !overlaps(index, index + text.length),
    );
    for (const match of matches) {
      taken.push({ start: match.index, end: match.index + match[0].length });
      // The last number counts: in `phase1_step100_step200`, training continues from 100 to 200.
      const isLast = match === matches.at(-1);
      for (const [unit, text] of Object.entries(match.groups!) as [Unit, string | undefined][]) {
        if (text === undefined) continue;
        const value = unit === 'other' ? 0 : valueOf(text);
        if (value === null || (unit !== 'other' && (!isLast || progress[unit] !== null))) continue;
        if (unit !== 'other') progress[unit] = value;
        if (unit === 'step') weak = isWeak;
        const [start, end] = match.indices!.groups![unit]!;
        changing.push({ start, end });
      }
    }
  }
  const others = otherNumbers(name, progress, taken, changing);
  for (const span of others.spans) changing.push(span);
  const { numbers, apart } = others;
  return { ...progress, pattern: withMarks(name, changing), numbers, apart, weak };
}

/**
 * Numbers that no rule knows. After a step they change with it, such as a measure; before it they are part of the name.
 * Where nothing else says, they may count checkpoints.
 */
function otherNumbers(
  name: string,
  { epoch, step, tokens }: Progress,
  taken: readonly Span[],
  changing: readonly Span[],
): { spans: Span[]; numbers: number[]; apart: boolean } {
  const isStated = epoch !== null || step !== null || tokens !== null;
  const behind = changing.reduce((last, { end }) => Math.max(last, end), 0);
  const spans: Span[] = [];
  const numbers: number[] = [];
  let apart = false;
  for (const match of name.matchAll(/\d+(?:\.\d+)?/g)) {
    const [text] = match;
    const [start, end] = [match.index, match.index + text.length];
    if (taken.some((span) => start < span.end && span.start < end)) continue;
    // TinyLlama: step-50K-105b, with tokens after the step.
    if (isStated && start >= behind && /^[bt](?![a-z\d])/i.test(name.slice(end))) {
      spans.push({ start, end: end + 1 });
      continue;
    }
    const isMeasure = /^0\.\d|\.\d\d/.test(text);
    if (isApart(name, start, end) || (text.includes('.') && !isMeasure && !isStated)) {
      apart = true;
      continue;
    }
    const separate = start === 0 || /[-_. =]$|:v$/.test(name.slice(0, start));
    if (isStated ? start < behind : !separate) continue;
    spans.push({ start, end });
    if (!isStated && !isMeasure) numbers.push(Number(text));
  }
  return { spans, numbers, apart };
}

function isApart(name: string, start: number, end: number): boolean {
  // The versions of a Weights & Biases artifact count what a run has logged: name:v12.
  if (name.endsWith(':v', start) && end === name.length) return false;
  const before = /([a-z]+)[.=_-]?$/i.exec(name.slice(0, start))?.[1];
  // Single capitals name models: G_1000 and D_1000 are a generator and its discriminator.
  const word = before === 'V' || (before?.length ?? 0) > 1 ? before?.toLowerCase() : before;
  // 6layer, 64dim.
  const behind = /^[a-z]+/i.exec(name.slice(end))?.[0].toLowerCase();
  if (behind !== undefined && behind.length > 1 && APART.has(behind)) return true;
  // v1-5: a version of two numbers.
  if (/(?:^|[^a-z])v(?:er(?:sion)?)?[-_]?\d+[-_]$/i.test(name.slice(0, start))) return true;
  const isPower = /\de-?$/i.test(name.slice(0, start)) || /^e-?\d/i.test(name.slice(end));
  // net_d: a discriminator.
  const isNet = /net[_-]?d[-_]?$/i.test(name.slice(0, start));
  return (
    (word !== undefined && APART.has(word) && !isNet) || isPower || /^[bmk](?![a-z\d])/i.test(name.slice(end))
  );
}

function valueOf(text: string): number | null {
  const factor = FACTORS[text.at(-1)!.toLowerCase()];
  const value = factor ? Math.round(Number(text.slice(0, -1)) * factor) : Number(text);
  return Number.isSafeInteger(value) ? value : null;
}

function withMarks(name: string, spans: readonly Span[]): string {
  let marked = '';
  let at = 0;
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    marked += `${name.slice(at, start)}#`;
    at = end;
  }
  return marked + name.slice(at);
}

/** How many folders above the file may name the step: `global_step20/mp_rank_00/model.safetensors`. */
const FOLDERS_UP = 3;

/** What the name `up` folders above the file says. */
export interface Located {
  up: number;
  read: ReadName;
}

/** The step, or null where neither the file nor the three folders above it give one. The nearest name counts. */
export function stepFromPath(path: string): number | null {
  return namesAbove(path).find(({ read }) => read.step !== null)?.read.step ?? null;
}

/**
 * Where a path says how far training had come: by a step, otherwise by an epoch or tokens, otherwise by a folder or
 * file whose name is only a number, which is the step.
 */
export function locateProgress(path: string): Located | null {
  const names = namesAbove(path);
  const found =
    names.find(({ read }) => read.step !== null) ??
    names.find(({ read }) => read.epoch !== null || read.tokens !== null);
  if (found) return found;
  const up = names.findIndex(({ name, read }) => /^\d+$/.test(name) && read.numbers.length > 0);
  const within = names.slice(0, up).map(({ name }) => name);
  if (up < 0 || up > 2 || (up === 2 && !CONTAINER.test(within[1]!))) return null;
  const { name } = names[up]!;
  const step = valueOf(name);
  if (step === null || isApartFolder(names[up + 1]?.name ?? '')) return null;
  const none = { stage: null, epoch: null, tokens: null, numbers: [], apart: false };
  // Programs that pad with zeros are counting.
  return { up, read: { ...none, step, pattern: '#', weak: !/^0\d/.test(name) } };
}

/** Names that programs give to the model's folder within that of a checkpoint. */
const CONTAINER =
  /^(?:pretrained_model|model|weights|hf|huggingface|hf_model|actor|critic|policy|unet|unet_ema|transformer|ema|lora|adapter|default|items)$/i;

/** The file's stem and the folders above it, starting with the file. */
function namesAbove(path: string): (Located & { name: string })[] {
  const [file = '', ...folders] = path.split(/[/\\]/).filter(Boolean).reverse();
  const names = [partsOf(file).stem, ...folders.slice(0, FOLDERS_UP)];
  return names.map((name, up) => ({ name, up, read: readName(name, up === 0) }));
}
