/** What the table of formats says about file names. */
import { extname } from 'node:path';
import { largest } from '../../../protocol/extremes';
import type { CheckpointFile, CheckpointFormat } from './format';
import { FORMATS } from './table';

/** All kinds of files that open a checkpoint; an index comes before the files that it joins. */
export const FILE_KINDS: readonly CheckpointFile[] = FORMATS.flatMap(kindsOf);

/** Names that searches look for: whole names, or `*` and an ending. */
export const SURE_NAMES: readonly string[] = FILE_KINDS.flatMap(({ sureNames }) => sureNames);

const ALL_NAMES = FILE_KINDS.flatMap(namesOf);

/** Extensions that a file dialog offers, without dots. */
export const DIALOG_EXTENSIONS: readonly string[] = [
  ...new Set(ALL_NAMES.map((name) => name.slice(name.lastIndexOf('.') + 1))),
];

/** For sentences: what users may choose, as endings that identify a format by themselves. */
export const CHOOSABLE = `a ${inWords(
  FORMATS.flatMap(({ sureNames }) => sureNames.filter((name) => name.startsWith('*.'))),
)} file, the index of several, or a folder that holds one checkpoint`;

/** Stems of files of training and data preparation that are no model, whatever their format. */
const NO_MODEL = [
  String.raw`(?:optimizer|optim|lr_scheduler|scheduler|scaler)(?:[-_.]?(?:states?|rank|\d+))*`,
  String.raw`(?:rng|random|trainer|training|extra)[-_.]?(?:states?|args)(?:[-_.]?(?:rank|\d+))*`,
  String.raw`\w*_optim_states`,
  String.raw`(?:data(?:loader|set)?|sampler|recipe)(?:[-_.]?(?:states?|status|rank|\d+))*`,
  String.raw`(?:.*_)?(?:pre|post)?processor`,
  'tokenizer',
];
/** The same as one pattern for a whole stem, also for `package.json`. */
export const NO_MODEL_STEM = `(?:${NO_MODEL.join('|')})`;
const STATE_STEM = new RegExp(`^${NO_MODEL_STEM}$`, 'i');

/** Whether a stem belongs to a file without a model, such as an optimizer's state. */
export function holdsNoModel(stem: string): boolean {
  return STATE_STEM.test(stem);
}

/** Whether a file of this name is a checkpoint or part of one: for finding checkpoints without opening them. */
export function isCheckpointName(fileName: string): boolean {
  return SURE_NAMES.some((name) => fits(fileName, name)) && !holdsNoModel(stemOf(fileName));
}

/** The same including names that searches ignore, for folders that a user names. */
export function mayBeCheckpointName(fileName: string): boolean {
  return ALL_NAMES.some((name) => fits(fileName, name)) && !holdsNoModel(stemOf(fileName));
}

/** Whether files of this kind have this name. */
export function isNamed(fileName: string, kind: CheckpointFile, onRequest = false): boolean {
  return (onRequest ? namesOf(kind) : kind.sureNames).some((name) => fits(fileName, name));
}

/** Whether a file of this name makes one checkpoint together with all others of its kind in its folder. */
export function isPartOfFolder(fileName: string): boolean {
  return FORMATS.some((format) => format.openedBy !== undefined && isNamed(fileName, format));
}

/** The format's own kind of file, and its index. */
export function kindsOf(format: CheckpointFormat): CheckpointFile[] {
  return format.sharded ? [format.sharded, format] : [format];
}

/**
 * The name without the ending that identifies the format; the whole name where there is none. The edition in the name
 * of an index (`model.safetensors.index.fp16.json`) is moved to where file names have it: `model.fp16`.
 */
export function stemOf(fileName: string): string {
  const { plain, edition } = plainIndex(fileName);
  const endings = ALL_NAMES.filter((name) => fits(plain, name)).map((name) =>
    name.startsWith('*') ? name.length - 1 : extname(name).length,
  );
  return plain.slice(0, plain.length - largest([0, ...endings])) + edition;
}

/** The label of the format with this id; the id itself where another version of the program wrote it. */
export function formatLabel(id: string): string {
  return FILE_KINDS.find((kind) => kind.id === id)?.label ?? id;
}

function namesOf({ sureNames, namesOnRequest, namesOfOthers = [] }: CheckpointFile): readonly string[] {
  return [...sureNames, ...namesOnRequest, ...namesOfOthers];
}

/** Ignores case, because some file systems and programs write names in capitals. */
function fits(fileName: string, name: string): boolean {
  const lower = lowered(fileName);
  const { begin, end } = patternOf(name);
  if (end === null) return lower === begin;
  return lower.length >= begin.length + end.length && lower.endsWith(end) && lower.startsWith(begin);
}

/** The previous name: folders may have 200,000 files, and each name is compared with all names of all formats. */
let last = { fileName: '', lower: '' };

function lowered(fileName: string): string {
  if (last.fileName !== fileName) last = { fileName, lower: plainIndex(fileName).plain.toLowerCase() };
  return last.lower;
}

interface Pattern {
  begin: string;
  /** What comes after any text; null where the name has no `*`. */
  end: string | null;
}

const patterns = new Map<string, Pattern>();

function patternOf(name: string): Pattern {
  let pattern = patterns.get(name);
  if (!pattern) {
    const [begin = '', end = null] = name.split('*');
    patterns.set(name, (pattern = { begin, end }));
  }
  return pattern;
}

/** The name of an index without its edition, which follows a dot. */
function plainIndex(fileName: string): { plain: string; edition: string } {
  // Folders may have 100,000 files, few of which are indexes.
  const variant = fileName.includes('.index.') ? /^(.*\.index)(\.[\w-]+)(\.json)$/s.exec(fileName) : null;
  return variant
    ? { plain: variant[1]! + variant[3]!, edition: variant[2]! }
    : { plain: fileName, edition: '' };
}

/** "A, B or C". */
function inWords(names: readonly string[]): string {
  const [last = '', ...others] = names.map((name) => name.replace(/^\*/, '')).reverse();
  return others.length === 0 ? last : `${others.reverse().join(', ')} or ${last}`;
}
