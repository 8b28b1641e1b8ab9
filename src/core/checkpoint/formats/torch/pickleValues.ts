/** What a pickle becomes: data, and labels for what Python would make by calling something. */

/** A fault of a pickle; the message continues a sentence that begins with "the pickle". */
export class PickleError extends Error {}

/** A pickle that does not end within the bytes at hand. */
export class PickleEnd extends PickleError {}

/** A pickle that names something that can only do harm: loading it with Python would run that. */
export class HarmfulPickle extends Error {}

/** A class or function by name; it is never looked up. */
export class Global {
  /** Module and name, with a dot between them. */
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

/** A placeholder for the result of a call, and for what Python would put into that result. */
export class Box {
  state: unknown = undefined;
  items: Map<unknown, unknown> | undefined;
  list: unknown[] | undefined;

  constructor(
    readonly callee: unknown,
    readonly args: Tuple,
  ) {}
}

/** How a reader interprets pickled objects, from data alone. */
export interface PickleHooks {
  /** The result of a call; undefined leaves a box. */
  reduce?: (callee: Global, args: Tuple) => unknown;
  /** The value of an id outside the pickle; undefined is an error. */
  persistent?: (id: unknown) => unknown;
}

/** The list that receives items one by one. @throws PickleError */
export function listOf(value: unknown): { push: (item: unknown) => unknown } {
  if (Array.isArray(value)) return value as unknown[];
  if (value instanceof Box) return (value.list ??= []);
  throw new PickleError('appends to what is no list');
}

/** The map that receives items by keys. @throws PickleError */
export function mapOf(value: unknown): Map<unknown, unknown> {
  if (value instanceof Map) return value;
  if (value instanceof Box) return (value.items ??= new Map());
  throw new PickleError('puts items into what is no dictionary');
}

/** @throws PickleError for values that Python does not accept as keys. */
export function keyOf(value: unknown): unknown {
  if (Array.isArray(value) || value instanceof Map) throw new PickleError('has a key that cannot be one');
  return value;
}
