/** Decides which of a pickle's tensors are weights, and of which set: files of a training contain much else. */
import { MAX_NAME_LENGTH, MAX_TENSORS } from '../caps';
import type { Fact } from '../../../../protocol/facts';
import type { WeightSet } from '../../../network/types';
import { Box, Global, PickleError, Tuple } from './pickleValues';
import { isTensor, SpecialTensor, TorchTensor } from './objects';

/** A tensor with its name and its set of weights. */
export interface FoundTensor {
  name: string;
  tensor: TorchTensor | SpecialTensor;
  /** Absent where the file has only one set. */
  set?: WeightSet;
  /** Why it is not a weight. */
  use?: Fact;
}

/** Keys under which programs store a model's weights; by default the first one present is analyzed. */
const SETS = [
  'state_dict',
  'model_state_dict',
  'model_state',
  'model',
  'module',
  'net',
  'network',
  'weights',
  'params',
  'generator',
  'model_weights',
];
const AVERAGE = /(?:^|_)(?:ema|swa|averaged?|shadow)(?:_|$)/i;
const OPTIMIZER = /optim|^opt(?:_|$)|(?:^|_)opt$/i;
/** Keys of what programs save besides weights. */
const STATE =
  /(?:^|_)(?:sched(?:uler)?s?|rng|random|(?:grad_?)?scaler|callbacks?|loops?|args|hyper_?parameters?|hparams|config|cfg|metrics?|history|loss(?:es)?|sampler|(?:data_?)?loader|datamodule|epoch|step|iter|iteration|amp|git|date|param_groups)(?:_|$)/i;

/** Modules of real models are nested about 20 deep. */
const MAX_DEPTH = 64;
/** Attributes in which a module stores its parts; they are not in the names of its weights. */
const KEPT_IN = new Set(['_modules', '_parameters', '_buffers']);

/**
 * All tensors of a pickle. Those of the default set have the names that they have within it; the names of others begin
 * with that of their set or container.
 * @param onTensors called now and then with the number found so far.
 */
export function tensorsIn(
  root: unknown,
  onTensors: (count: number) => void = () => undefined,
): FoundTensor[] {
  const walk = new Walk(onTensors);
  const sets = setsOf(root);
  for (const [i, { name, value }] of sets.entries()) {
    const set = { name, isMain: i === 0 };
    walk.take(i === 0 ? '' : name, value, sets.length > 1 ? { set } : {});
  }
  if (!(root instanceof Map)) walk.take(isTensor(root) ? 'tensor' : '', root, {});
  else {
    forEachChild(root, (key, value) => {
      if (!sets.some(({ name }) => name === key)) walk.take(key, value, useOf(key, value, sets.length > 0));
      return false;
    });
  }
  return walk.found;
}

/**
 * Why an entry with this key at the top of a file is not weights. @param besideSets whether the weights are in sets
 * beside it.
 */
function useOf(key: string, value: unknown, besideSets: boolean): Pick<FoundTensor, 'use'> {
  if (!besideSets && isTensor(value)) return {};
  if (OPTIMIZER.test(key)) return { use: { code: 'optimizer-state' } };
  return besideSets || STATE.test(key) ? { use: { code: 'training-state' } } : {};
}

interface Kept {
  name: string;
  value: unknown;
}

/** The sets of weights in a file, the default one first; none where all of it is one set. */
function setsOf(root: unknown): Kept[] {
  if (!(root instanceof Map)) return [];
  // A model may have a module of such a name, with matrices of its own; single numbers are measures.
  for (const [key, value] of root) if (isMatrix(value) && !STATE.test(keyText(key))) return [];
  const entries = entriesOf(root).filter(([, value]) => !isTensor(value));
  const known = new Map(entries);
  const name =
    SETS.find((each) => holdsTensors(known.get(each))) ??
    entries.find(([key, value]) => AVERAGE.test(key) && holdsTensors(value))?.[0];
  if (name === undefined) return [];
  const main = { name, value: inner(known.get(name)) };
  const others = entries.filter(
    ([key, value]) => key !== name && !OPTIMIZER.test(key) && !STATE.test(key) && holdsTensors(value),
  );
  return [main, ...others.map(([key, value]) => ({ name: key, value }))];
}

function isMatrix(value: unknown): boolean {
  return value instanceof SpecialTensor || (value instanceof TorchTensor && value.size.length > 1);
}

/** What a set wraps once more, such as the state of an averaged model. */
function inner(value: unknown): unknown {
  const entries = value instanceof Map ? entriesOf(value).filter(([, each]) => holdsTensors(each)) : [];
  const [only] = entries;
  return entries.length === 1 && SETS.includes(only![0]) && !isTensor(only![1]) ? only![1] : value;
}

function entriesOf(map: ReadonlyMap<unknown, unknown>): [string, unknown][] {
  return [...map].map(([key, value]) => [keyText(key), value]);
}

/** Whether it contains a tensor, searched no deeper than the names of weights go. */
function holdsTensors(value: unknown): boolean {
  const seen = new Set<unknown>();
  const look = (each: unknown, depth: number): boolean => {
    if (isTensor(each)) return true;
    if (typeof each !== 'object' || each === null || depth > MAX_DEPTH || seen.has(each)) return false;
    seen.add(each);
    let found = false;
    forEachChild(each, (_, child) => (found = look(child, depth + 1)));
    return found;
  };
  return look(value, 0);
}

class Walk {
  readonly found: FoundTensor[] = [];
  readonly #seen = new Set<object>();
  readonly #names = new Set<string>();

  constructor(private readonly onTensors: (count: number) => void) {}

  /** Takes all tensors in `value`, every object once. */
  take(path: string, value: unknown, mark: Pick<FoundTensor, 'set' | 'use'>, depth = 0): void {
    if (isTensor(value)) {
      this.#add(path, value, mark);
      return;
    }
    if (typeof value !== 'object' || value === null || this.#seen.has(value)) return;
    this.#seen.add(value);
    if (depth === MAX_DEPTH) throw new PickleError(`nests objects more than ${MAX_DEPTH} deep`);
    forEachChild(value, (key, child) => {
      if (typeof child === 'object' && child !== null) this.take(joined(path, key), child, mark, depth + 1);
      return false;
    });
  }

  #add(path: string, tensor: FoundTensor['tensor'], mark: Pick<FoundTensor, 'set' | 'use'>): void {
    if (this.found.length === MAX_TENSORS) throw new PickleError(`holds more than ${MAX_TENSORS} tensors`);
    if (path.length > MAX_NAME_LENGTH)
      throw new PickleError(`has a tensor whose name has ${path.length} characters`);
    // Parts of an object may have the same names as others.
    let name = path;
    for (let i = 1; this.#names.has(name); i++) name = `${path}~${i}`;
    this.#names.add(name);
    this.found.push(mark.set || mark.use ? { name, tensor, ...mark } : { name, tensor });
    if (this.found.length % 1000 === 0) this.onTensors(this.found.length);
  }
}

/**
 * Passes key and value of everything in an object to `use`, until `use` is satisfied; the key '' adds nothing to the
 * path.
 */
function forEachChild(value: object, use: (key: string, child: unknown) => boolean): void {
  if (value instanceof Map) {
    for (const [key, each] of value) if (use(keyText(key), each)) return;
  } else if (Array.isArray(value) || value instanceof Set || value instanceof Tuple) {
    let i = 0;
    for (const each of value instanceof Tuple ? value.items : value) if (use(String(i++), each)) return;
  } else if (value instanceof Box) {
    for (const each of [value.state, value.items, value.list, value.args]) if (use('', each)) return;
  }
}

function joined(path: string, key: string): string {
  if (key === '' || KEPT_IN.has(key)) return path;
  return path === '' ? key : `${path}.${key}`;
}

function keyText(key: unknown): string {
  if (key instanceof Global) return key.path;
  return typeof key === 'object' && key !== null ? 'object' : String(key);
}

/** Classes whose objects are not read, the most frequent first. */
export function classesIn(root: unknown): [name: string, count: number][] {
  const counts = new Map<string, number>();
  const seen = new Set<unknown>();
  const work = [root];
  while (work.length > 0) {
    const each = work.pop();
    if (typeof each !== 'object' || each === null || seen.has(each)) continue;
    seen.add(each);
    if (each instanceof Box && each.callee instanceof Global) {
      const { path } = each.callee;
      counts.set(path, (counts.get(path) ?? 0) + 1);
    }
    forEachChild(each, (_, child) => {
      if (typeof child === 'object' && !isTensor(child)) work.push(child);
      return false;
    });
  }
  return [...counts].sort(([, a], [, b]) => b - a);
}
