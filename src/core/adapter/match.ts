/** Finds the base's tensor for each layer of an adapter. Prefixes differ from program to program; the rest must not. */
import { largest } from '../../protocol/extremes';
import { layerPath } from '../network/names';
import type { TensorInfo } from '../checkpoint/types';

/** PEFT puts this before the names of the model that it wraps. */
const PEFT = /^base_model\.model\./;
/** kohya's names: a part of the pipeline, then the layer's path with underscores for dots. */
export const KOHYA = /^lora_(unet|te\d?|transformer|prior)_/;
/** Parts of a pipeline in diffusers' names: each is a checkpoint of its own. */
const COMPONENT = /^(unet|transformer|text_encoder(_\d)?|prior)\./;

/** The outcome for a layer of an adapter. */
export type Match =
  | { tensor: TensorInfo }
  /** It belongs to a part of the pipeline that the base does not contain. */
  | { elsewhere: string }
  /** The base has no such layer, or it has several, these among them. */
  | { candidates: readonly string[] };

/** @param layers paths of adapted layers. @returns one match for each. */
export function matchLayers(layers: readonly string[], base: readonly TensorInfo[]): Match[] {
  const matches = new Map<string, Match>();
  const parts = new Map<string, Named[]>();
  for (const layer of layers) {
    const named = nameOf(layer);
    const part = parts.get(named.part);
    if (part) part.push(named);
    else parts.set(named.part, [named]);
  }
  const found = [...parts].map(([part, own]) => {
    const names = own.map((each) => each.path);
    const tensors = new Names(base, own[0]!.separator).find(names);
    return { part, own, tensors, none: tensors.every((each) => each.length === 0) };
  });
  const some = found.some(({ none }) => !none);
  for (const { part, own, tensors, none } of found) {
    own.forEach(({ layer }, i) => {
      const candidates = tensors[i]!;
      if (none && some && part !== '') matches.set(layer, { elsewhere: part });
      else if (candidates.length === 1) matches.set(layer, { tensor: candidates[0]! });
      else matches.set(layer, { candidates: candidates.map(({ name }) => name) });
    });
  }
  return layers.map((layer) => matches.get(layer)!);
}

interface Named {
  layer: string;
  /** The part of a pipeline; empty for none. */
  part: string;
  /** Its path within that part. */
  path: string;
  separator: '.' | '_';
}

function nameOf(layer: string): Named {
  const kohya = KOHYA.exec(layer);
  if (kohya) return { layer, part: kohya[1]!, path: layer.slice(kohya[0].length), separator: '_' };
  const component = COMPONENT.exec(layer);
  const path = layer.slice(component?.[0].length ?? 0).replace(PEFT, '');
  return { layer, part: component?.[1] ?? '', path, separator: '.' };
}

/** A model has a handful of towers, but some adapters name a layer by its last word, which occurs once per block. */
const MAX_PREFIXES = 1000;

/** The base's tensors by path. */
class Names {
  readonly #byPath = new Map<string, TensorInfo[]>();

  constructor(
    base: readonly TensorInfo[],
    private readonly separator: '.' | '_',
  ) {
    for (const tensor of base) {
      if (tensor.shape.length < 2) continue;
      const path = layerPath(tensor.name).replaceAll('.', separator);
      const same = this.#byPath.get(path);
      if (same) same.push(tensor);
      else this.#byPath.set(path, [tensor]);
    }
  }

  /** By path: the tensors of that name, with one common prefix removed from or added to all paths. */
  find(paths: readonly string[]): (readonly TensorInfo[])[] {
    const examples = [0, 0.5, 1].map((share) => paths[Math.floor(share * (paths.length - 1))]!);
    const prefixes = new Map(
      examples.flatMap((path) => this.#prefixes(path)).map((prefix) => [JSON.stringify(prefix), prefix]),
    );
    // Where the base has this many layers of one name, the name says nothing, and every prefix would be tried on every
    // layer.
    if (prefixes.size > MAX_PREFIXES) return paths.map(() => []);
    const found = [...prefixes.values()].map(({ dropped, added }) =>
      paths.map((path) =>
        path.startsWith(dropped) ? (this.#byPath.get(added + path.slice(dropped.length)) ?? []) : [],
      ),
    );
    const counts = found.map((tensors) => tensors.filter(({ length }) => length > 0).length);
    // Two prefixes that fit equally well are two towers of one shape: nobody can tell which one is meant.
    const most = largest(counts);
    const best = found.filter((_, i) => counts[i] === most);
    return paths.map((_, i) => [...new Set(best.flatMap((tensors) => tensors[i]!))]);
  }

  /** The changes that turn this path into one of the base's. */
  #prefixes(path: string): { dropped: string; added: string }[] {
    if (this.#byPath.has(path)) return [{ dropped: '', added: '' }];
    const { separator } = this;
    for (let at = path.indexOf(separator); at >= 0; at = path.indexOf(separator, at + 1)) {
      if (this.#byPath.has(path.slice(at + 1))) return [{ dropped: path.slice(0, at + 1), added: '' }];
    }
    return [...this.#byPath.keys()]
      .filter((longer) => longer.endsWith(separator + path))
      .map((longer) => ({ dropped: '', added: longer.slice(0, -path.length) }));
  }
}
