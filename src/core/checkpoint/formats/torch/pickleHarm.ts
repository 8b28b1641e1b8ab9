/**
 * Names in pickles that can only do harm: a file with such a name is refused, to warn people who load it with Python.
 */
import { HarmfulPickle } from './pickleValues';

/** Modules that models do not need. */
const HARMFUL_MODULES = new Set(
  'os posix nt subprocess pty runpy socket importlib sys shutil commands ctypes code codeop pdb bdb webbrowser'.split(
    ' ',
  ),
);
const HARMFUL_BUILTINS = new Set(
  'eval exec execfile compile __import__ open input breakpoint apply'.split(' '),
);

/** @throws HarmfulPickle. Names may have dots: `torch` and `serialization.os.system` denote a function of `os`. */
export function refuseHarm(module: string, name: string): void {
  const path = [...module.split('.'), ...name.split('.')];
  const attributes = name.split('.');
  const harms =
    HARMFUL_MODULES.has(path[0]!) ||
    attributes.slice(0, -1).some((part) => HARMFUL_MODULES.has(part)) ||
    (path.slice(0, -1).some((part) => /^(?:__builtin__|builtins)$/.test(part)) &&
      HARMFUL_BUILTINS.has(attributes.at(-1)!));
  if (harms) throw new HarmfulPickle(`${module}.${name}`);
}
