/**
 * A machine for pickles that only builds data: Python's protocols 0 to 5, without a single call. Where Python would
 * call something, the result is a labeled {@link Box}; a name that can only do harm makes it refuse the file. Opcodes:
 * Lib/pickletools.py of CPython.
 */

import { refuseHarm } from './pickleHarm';
import { decimalOf, floatOf, PickleInput, unescaped } from './pickleInput';
import { lookedUp, STOP } from './pickleMemo';
import {
  Box,
  Global,
  keyOf,
  listOf,
  mapOf,
  NOTHING,
  PickleEnd,
  PickleError,
  Tuple,
  type PickleHooks,
} from './pickleValues';

/** The pickle of half a million tensors has 68 MB and 12 million instructions, and pushes up to 2 million values. */
const MAX_INSTRUCTIONS = 50_000_000;
const MAX_VALUES = 8_000_000;
/** Whole-model files name hundreds of classes. */
const MAX_GLOBALS = 10_000;

/** The content of a pickle, and where it ends. @throws PickleError @throws HarmfulPickle */
export function unpickle(
  bytes: Uint8Array,
  from = 0,
  hooks: PickleHooks = {},
): { value: unknown; end: number } {
  return new Machine(bytes, from, hooks).run();
}

class Machine {
  readonly #input: PickleInput;
  readonly #used: Set<number>;
  readonly #memo = new Map<number, unknown>();
  /** By module and name. */
  readonly #globals = new Map<string, Map<string, Global>>();
  #globalCount = 0;
  readonly #stack: unknown[] = [];
  readonly #marks: number[] = [];
  #memoized = 0;

  constructor(
    bytes: Uint8Array,
    from: number,
    private readonly hooks: PickleHooks,
  ) {
    this.#input = new PickleInput(bytes, from);
    this.#used = lookedUp(bytes, from);
  }

  run(): { value: unknown; end: number } {
    for (let count = 0; count < MAX_INSTRUCTIONS; count++) {
      const code = this.#input.uint8();
      if (code === STOP) {
        if (this.#marks.length > 0 || this.#stack.length !== 1)
          throw new PickleError('leaves no single value');
        return { value: this.#stack[0], end: this.#input.at };
      }
      this.#step(code);
      if (this.#stack.length > MAX_VALUES || this.#marks.length > MAX_VALUES)
        throw new PickleError('piles up more values than can be read');
    }
    throw new PickleError(`has more than ${MAX_INSTRUCTIONS} instructions`);
  }

  /** Executes one instruction; comments give the Python names of opcodes. */
  #step(code: number): void {
    const stack = this.#stack;
    switch (code) {
      case 0x80: // PROTO
        if (this.#input.uint8() > 5) throw new PickleError('is of a protocol after 5');
        return;
      case 0x95: // FRAME
        if (this.#input.size() > this.#input.rest) throw new PickleEnd('ends too early');
        return;
      case 0x28: // MARK
        this.#marks.push(stack.length);
        return;
      case 0x30: // POP
        if (this.#marks.at(-1) === stack.length) this.#marks.pop();
        else this.#pop();
        return;
      case 0x31: // POP_MARK
        stack.length = this.#mark();
        return;
      case 0x32: // DUP
        stack.push(this.#top());
        return;
      case 0x70: // PUT
        this.#put(Number(decimalOf(this.#input.line())));
        return;
      case 0x71: // BINPUT
        this.#put(this.#input.uint8());
        return;
      case 0x72: // LONG_BINPUT
        this.#put(this.#input.uint32());
        return;
      case 0x94: // MEMOIZE
        this.#put(this.#memoized);
        return;
      case 0x67: // GET
        this.#get(Number(decimalOf(this.#input.line())));
        return;
      case 0x68: // BINGET
        this.#get(this.#input.uint8());
        return;
      case 0x6a: // LONG_BINGET
        this.#get(this.#input.uint32());
        return;
      case 0x4e: // NONE
        stack.push(null);
        return;
      case 0x88: // NEWTRUE
      case 0x89: // NEWFALSE
        stack.push(code === 0x88);
        return;
      case 0x49: {
        // INT
        const text = this.#input.line();
        stack.push(text === '01' ? true : text === '00' ? false : decimalOf(text));
        return;
      }
      case 0x4c: // LONG
        stack.push(decimalOf(this.#input.line()));
        return;
      case 0x46: // FLOAT
        stack.push(floatOf(this.#input.line()));
        return;
      case 0x53: {
        // STRING
        const text = this.#input.line();
        if (text.length < 2 || !/^(['"]).*\1$/s.test(text))
          throw new PickleError('has a text without quotes');
        stack.push(text.slice(1, -1));
        return;
      }
      case 0x56: // UNICODE
        stack.push(unescaped(this.#input.line()));
        return;
      case 0x4a: // BININT
        stack.push(this.#input.int32());
        return;
      case 0x4b: // BININT1
        stack.push(this.#input.uint8());
        return;
      case 0x4d: // BININT2
        stack.push(this.#input.uint16());
        return;
      case 0x8a: // LONG1
        stack.push(this.#input.long(this.#input.uint8()));
        return;
      case 0x8b: // LONG4
        stack.push(this.#input.long(this.#input.signed()));
        return;
      case 0x47: // BINFLOAT
        stack.push(this.#input.float64());
        return;
      case 0x42: // BINBYTES
        stack.push(this.#input.take(this.#input.uint32()));
        return;
      case 0x43: // SHORT_BINBYTES
        stack.push(this.#input.take(this.#input.uint8()));
        return;
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        stack.push(this.#input.take(this.#input.size()));
        return;
      case 0x54: // BINSTRING
        stack.push(this.#input.latin1(this.#input.signed()));
        return;
      case 0x55: // SHORT_BINSTRING
        stack.push(this.#input.latin1(this.#input.uint8()));
        return;
      case 0x58: // BINUNICODE
        stack.push(this.#input.text(this.#input.uint32()));
        return;
      case 0x8c: // SHORT_BINUNICODE
        stack.push(this.#input.text(this.#input.uint8()));
        return;
      case 0x8d: // BINUNICODE8
        stack.push(this.#input.text(this.#input.size()));
        return;
      case 0x29: // EMPTY_TUPLE
        stack.push(NOTHING);
        return;
      case 0x74: // TUPLE
        stack.push(new Tuple(this.#sinceMark()));
        return;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: {
        // TUPLE3
        const count = code - 0x84;
        this.#check(count);
        stack.push(new Tuple(this.#taken(count)));
        return;
      }
      case 0x5d: // EMPTY_LIST
        stack.push([]);
        return;
      case 0x6c: // LIST
        stack.push(this.#sinceMark());
        return;
      case 0x61: {
        // APPEND
        const value = this.#pop();
        listOf(this.#top()).push(value);
        return;
      }
      case 0x65: {
        // APPENDS
        const from = this.#mark();
        const list = listOf(stack[from - 1]);
        for (let i = from; i < stack.length; i++) list.push(stack[i]);
        stack.length = from;
        return;
      }
      case 0x7d: // EMPTY_DICT
        stack.push(new Map());
        return;
      case 0x64: {
        // DICT
        const from = this.#mark();
        const map = new Map<unknown, unknown>();
        this.#setItems(map, from);
        stack.push(map);
        return;
      }
      case 0x73: {
        // SETITEM
        const value = this.#pop();
        const key = this.#pop();
        mapOf(this.#top()).set(keyOf(key), value);
        return;
      }
      case 0x75: {
        // SETITEMS
        const from = this.#mark();
        this.#setItems(mapOf(stack[from - 1]), from);
        return;
      }
      case 0x8f: // EMPTY_SET
        stack.push(new Set());
        return;
      case 0x90: {
        // ADDITEMS
        const items = this.#sinceMark();
        const set = this.#top();
        if (!(set instanceof Set)) throw new PickleError('adds to what is no set');
        for (const item of items) set.add(item);
        return;
      }
      case 0x91: // FROZENSET
        stack.push(new Set(this.#sinceMark()));
        return;
      case 0x63: {
        // GLOBAL
        const module = this.#input.line();
        stack.push(this.#global(module, this.#input.line()));
        return;
      }
      case 0x93: {
        // STACK_GLOBAL
        const name = this.#pop();
        const module = this.#pop();
        if (typeof name !== 'string' || typeof module !== 'string')
          throw new PickleError('has a class without a name');
        stack.push(this.#global(module, name));
        return;
      }
      case 0x69: {
        // INST
        const module = this.#input.line();
        const callee = this.#global(module, this.#input.line());
        stack.push(this.#reduce(callee, new Tuple(this.#sinceMark())));
        return;
      }
      case 0x6f: {
        // OBJ
        const [callee, ...args] = this.#sinceMark();
        stack.push(this.#reduce(callee, new Tuple(args)));
        return;
      }
      case 0x92: // NEWOBJ_EX
        this.#pop();
        this.#call();
        return;
      case 0x52: // REDUCE
      case 0x81: // NEWOBJ
        this.#call();
        return;
      case 0x50: // PERSID
        stack.push(this.#persistent(this.#input.line()));
        return;
      case 0x51: // BINPERSID
        stack.push(this.#persistent(this.#pop()));
        return;
      case 0x62: {
        // BUILD
        const state = this.#pop();
        const built = this.#top();
        // Attributes of an ordered dictionary or of a tensor do not affect its values.
        if (built instanceof Box) built.state = state;
        return;
      }
      case 0x98: // READONLY_BUFFER
        this.#top();
        return;
      case 0x82: // EXT1, EXT2, EXT4
      case 0x83:
      case 0x84:
        throw new PickleError('names classes by numbers of a registry that is not in it');
      case 0x97: // NEXT_BUFFER
        throw new PickleError('takes bytes that are not in it');
      default:
        throw new PickleError(`has an instruction that does not exist (${code})`);
    }
  }

  #check(count: number): void {
    if (this.#stack.length - (this.#marks.at(-1) ?? 0) < count)
      throw new PickleError('takes what it has not put there');
  }

  #pop(): unknown {
    this.#check(1);
    return this.#stack.pop();
  }

  #top(): unknown {
    this.#check(1);
    return this.#stack.at(-1);
  }

  #mark(): number {
    const mark = this.#marks.pop();
    if (mark === undefined) throw new PickleError('ends a list that it has not begun');
    return mark;
  }

  #sinceMark(): unknown[] {
    return this.#taken(this.#stack.length - this.#mark());
  }

  /** Pops the last values. */
  #taken(count: number): unknown[] {
    const values = new Array<unknown>(count);
    for (let i = count - 1; i >= 0; i--) values[i] = this.#stack.pop();
    return values;
  }

  #setItems(map: Map<unknown, unknown>, from: number): void {
    const stack = this.#stack;
    if ((stack.length - from) % 2 !== 0) throw new PickleError('has a key without a value');
    for (let i = from; i < stack.length; i += 2) map.set(keyOf(stack[i]), stack[i + 1]);
    stack.length = from;
  }

  #put(index: number): void {
    const value = this.#top();
    if (this.#used.has(index)) this.#memo.set(index, value);
    this.#memoized++;
  }

  #get(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw new PickleError('refers to what is not in it');
    this.#stack.push(value);
  }

  #global(module: string, name: string): Global {
    const known = this.#globals.get(module)?.get(name);
    if (known) return known;
    if (this.#globalCount++ === MAX_GLOBALS) throw new PickleError(`names more than ${MAX_GLOBALS} classes`);
    refuseHarm(module, name);
    const global = new Global(module, name);
    const own = this.#globals.get(module) ?? new Map<string, Global>();
    this.#globals.set(module, own.set(name, global));
    return global;
  }

  #call(): void {
    const args = this.#pop();
    const callee = this.#pop();
    this.#stack.push(this.#reduce(callee, args));
  }

  #reduce(callee: unknown, args: unknown): unknown {
    if (!(args instanceof Tuple)) throw new PickleError('calls with what is no list of arguments');
    const made = callee instanceof Global ? this.hooks.reduce?.(callee, args) : undefined;
    return made ?? new Box(callee, args);
  }

  #persistent(id: unknown): unknown {
    const value = this.hooks.persistent?.(id);
    if (value === undefined) throw new PickleError('refers to objects outside it that are not there');
    return value;
  }
}
