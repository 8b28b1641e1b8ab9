/**
 * Decides which files of a folder are one checkpoint: a file, or an index with its shards. Analyses, runs, the tree,
 * pickers and the inspect view all ask here. Only names count; `open.ts` looks at content.
 */
import { groupBy } from '../groupBy';
import { areParts, partsOf, type NameParts } from './fileNames';
import type { CheckpointFormat } from './formats/format';
import { holdsNoModel, isNamed, kindsOf, stemOf } from './formats/names';
import { FORMATS } from './formats/table';

export interface NamedCheckpoint {
  /** The file or index that opens it; null for parts that nothing joins: shards without an index, ranks. */
  entry: string | null;
  /** The files' common name, without endings. */
  stem: string;
  /** The stem without its edition. */
  base: string;
  /** Which edition of the same weights it is, such as `fp16` or `ema`; null for the one without such a word. */
  edition: string | null;
  /** Names of all its files: the entry, and shards. */
  files: readonly string[];
  /**
   * The name that an index of these files would have; null where the format has no indexes, or the files are parts of
   * ranks.
   */
  index: string | null;
  /** Files of the same name in another form: an index or shards beside a whole file. */
  rival: { entry: string | null; files: readonly string[] } | null;
}

export interface FolderContents {
  /** In the order of their first files. */
  checkpoints: readonly NamedCheckpoint[];
  /**
   * The checkpoint that the folder stands for: its only index, or else its only checkpoint, not counting editions
   * beside it; null where there is no such checkpoint.
   */
  own: NamedCheckpoint | null;
}

/**
 * The checkpoints that the files of one folder make. Editions of the same weights for several programs often lie side
 * by side: files of the first format in the table that occurs count.
 * @param names names of the folder's files. @param onRequest whether to include names that searches ignore.
 */
export function checkpointsAmong(names: readonly string[], onRequest = false): FolderContents {
  for (const format of FORMATS) {
    const kinds = kindsOf(format);
    const files = names
      .filter((name) => kinds.some((kind) => isNamed(name, kind, onRequest)))
      .map((name): Named => ({ name, ...partsOf(name) }))
      .filter(({ stem }) => !holdsNoModel(stem));
    if (files.length === 0) continue;
    if (format.openedBy !== undefined) {
      const own = wholeFolder(format.openedBy, files);
      return { checkpoints: [own], own };
    }
    const isIndex = (name: string): boolean =>
      format.sharded !== undefined && isNamed(name, format.sharded, onRequest);
    const checkpoints = [...groupBy(files, ({ split }) => split).values()].flatMap((group) =>
      areParts(group)
        ? [splitOverRanks(group)]
        : [...groupBy(group, ({ stem }) => stem).values()].map((each) => joined(each, isIndex, format)),
    );
    const isOther = ({ base, edition }: NamedCheckpoint): boolean =>
      edition !== null && checkpoints.some((each) => each.edition === null && each.base === base);
    const main = checkpoints.filter((each) => !isOther(each));
    const indexed = main.filter(({ entry }) => entry !== null && isIndex(entry));
    const candidates = indexed.length > 0 ? indexed : main;
    return { checkpoints, own: candidates.length === 1 ? candidates[0]! : null };
  }
  return { checkpoints: [], own: null };
}

type Named = NameParts & { name: string };

/** Joins the files of one stem. A whole file takes precedence over an index, as in the libraries that load both. */
function joined(
  files: readonly Named[],
  isIndex: (name: string) => boolean,
  format: CheckpointFormat,
): NamedCheckpoint {
  const [{ stem, base, edition }] = files as [Named];
  const names = files.map(({ name }) => name);
  const whole = files.find(({ name, shard }) => !isIndex(name) && shard === null)?.name;
  const index = names.find(isIndex);
  const shards = files.filter(({ shard }) => shard && (format.shardsJoinThemselves ?? shard.of === 1));
  const first = shards.sort((a, b) => a.shard!.n - b.shard!.n)[0]?.name;
  const entry = whole ?? index ?? first ?? null;
  const others = names.filter((name) => name !== whole);
  const end = format.sharded?.sureNames[0]?.slice(1) ?? null;
  return {
    entry,
    stem,
    base,
    edition,
    files: whole === undefined ? names : [whole],
    index: end && (stem === `${base}.${edition}` ? variantOf(`${base}${end}`, edition!) : `${stem}${end}`),
    rival: whole === undefined || others.length === 0 ? null : { entry: index ?? null, files: others },
  };
}

/** All files of a folder, opened by one of them or by a file beside them. */
function wholeFolder(entry: string, files: readonly Named[]): NamedCheckpoint {
  const names = files.map(({ name }) => name);
  const stem = stemOf(entry);
  return { entry, stem, base: stem, edition: null, files: names, index: null, rival: null };
}

function splitOverRanks(files: readonly Named[]): NamedCheckpoint {
  const [{ split }] = files as [Named];
  const names = files.map(({ name }) => name);
  return { entry: null, stem: split, base: split, edition: null, files: names, index: null, rival: null };
}

/** `model.safetensors.index.fp16.json`, as transformers and diffusers call the index of an edition. */
function variantOf(index: string, edition: string): string {
  return index.replace(/(?=\.[^.]*$)/, `.${edition}`);
}

/**
 * The files in this folder that, by their names, may list the file of this name as their shard.
 * @param beside lists the folder; not called where the name is not that of a shard.
 */
export function indexesBeside(name: string, beside: () => readonly string[]): string[] {
  return FORMATS.filter((format) => isNamed(name, format)).flatMap(({ sharded }) =>
    sharded ? beside().filter((other) => isNamed(other, sharded)) : [],
  );
}
