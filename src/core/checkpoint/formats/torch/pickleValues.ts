/** What a pickle is made into: data, and labels of what Python would make by calling something. */

/** What is wrong with a pickle, for a sentence that begins with "the pickle". */
export class PickleError extends Error {}

/** A pickle that does not end in the bytes that are there. */
export class PickleEnd extends PickleError {}

/** A pickle that names what only harm can be done with: when Python loads it, that is run. */
export class HarmfulPickle extends Error {}

/** A class or function by its name; it is never looked up. */
export class Global {
  /** Both with a dot between them. */
  readonly path: string;

  constructor(
    readonly module: string,
    readonly name: string,
  ) {
    this.path = `${module}.${name}`;
  }
}

export class Tuple {
  constructor(readonly items: readonly unknown[]) {}
}

export const NOTHING = new Tuple([]);

/** What a call would have made, and what would have been put into it. */
export class Box {
  state: unknown = undefined;
  items: Map<unknown, unknown> | undefined;
  list: unknown[] | undefined;

  constructor(
    readonly callee: unknown,
    readonly args: Tuple,
  ) {}
}

/** What a reader makes of pickled objects, from data alone. */
export interface PickleHooks {
  /** What a call makes; undefined leaves it a box. */
  reduce?: (callee: Global, args: Tuple) => unknown;
  /** What an id stands for that is not in the pickle itself; undefined is an error. */
  persistent?: (id: unknown) => unknown;
}

/** What takes items one by one. @throws PickleError */
export function listOf(value: unknown): { push: (item: unknown) => unknown } {
  if (Array.isArray(value)) return value as unknown[];
  if (value instanceof Box) return (value.list ??= []);
  throw new PickleError('appends to what is no list');
}

/** What takes items by keys. @throws PickleError */
export function mapOf(value: unknown): Map<unknown, unknown> {
  if (value instanceof Map) return value;
  if (value instanceof Box) return (value.items ??= new Map());
  throw new PickleError('puts items into what is no dictionary');
}

/** @throws PickleError for what Python takes for no key. */
export function keyOf(value: unknown): unknown {
  if (Array.isArray(value) || value instanceof Map) throw new PickleError('has a key that cannot be one');
  return value;
}
