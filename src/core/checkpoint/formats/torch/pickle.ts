/**
 * A machine for pickles that only builds data: protocols 0 to 5 of Python, without a single call. What Python would make by
 * calling something stands here as a labeled {@link Box}; a name that can only do harm refuses the file. Opcodes:
 * Lib/pickletools.py of CPython.
 */

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

const NOTHING = new Tuple([]);

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

/** Caps. The pickle of half a million tensors has 68 MB, 12 million instructions, and piles up 2 million values. */
const MAX_INSTRUCTIONS = 50_000_000;
const MAX_VALUES = 8_000_000;
const MAX_GLOBALS = 10_000;
/** Python writes seeds and hashes of some 20 bytes. */
const MAX_INTEGER_BYTES = 1024;
const MAX_LINE = 65_536;

/** Modules that models have no use for. */
const HARMFUL_MODULES = new Set(
  'os posix nt subprocess pty runpy socket importlib sys shutil commands ctypes code codeop pdb bdb webbrowser'.split(
    ' ',
  ),
);
const HARMFUL_BUILTINS = new Set(
  'eval exec execfile compile __import__ open input breakpoint apply'.split(' '),
);

/** Bytes behind each instruction: a number, or lines, or what a length before them says. */
type Behind = number | 'line' | 'lines' | 'by1' | 'by4' | 'by8';
const BEHIND: (Behind | undefined)[] = [];
const put = (codes: string, behind: Behind): void => {
  for (const code of codes.split(' ')) BEHIND[parseInt(code, 16)] = behind;
};
put(
  '2e 28 30 31 32 94 4e 88 89 29 74 85 86 87 5d 6c 61 65 7d 64 73 75 8f 90 91 93 6f 81 92 52 51 62 97 98',
  0,
);
put('80 71 4b 68 82', 1);
put('4d 83', 2);
put('72 4a 6a 84', 4);
put('47 95', 8);
put('70 67 49 4c 46 53 56 50', 'line');
put('63 69', 'lines');
put('8a 43 55 8c', 'by1');
put('8b 42 54 58', 'by4');
put('8d 8e 96', 'by8');

const LINE_FEED = 10;
const STOP = 0x2e;

/**
 * Places of the memo that are looked up later. Pickles put nearly everything there and look up little: what is not noted need
 * not be remembered, which halves time and memory.
 * @throws PickleEnd where the pickle goes on behind the bytes that are there.
 */
function lookedUp(bytes: Uint8Array, from: number): Set<number> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = bufferOf(bytes);
  const used = new Set<number>();
  const lineEnd = (at: number): number => {
    const end = bytes.indexOf(LINE_FEED, at);
    return end < 0 ? bytes.length : end + 1;
  };
  for (let at = from; at < bytes.length;) {
    const code = bytes[at++]!;
    const behind = BEHIND[code];
    // What is no instruction is for the machine to say.
    if (code === STOP || behind === undefined) return used;
    if (code === 0x68) used.add(bytes[at]!);
    else if (code === 0x6a && at + 4 <= bytes.length) used.add(view.getUint32(at, true));
    else if (code === 0x67) used.add(parseInt(text.toString('latin1', at, lineEnd(at)), 10));
    if (typeof behind === 'number') at += behind;
    else if (behind === 'line') at = lineEnd(at);
    else if (behind === 'lines') at = lineEnd(lineEnd(at));
    else if (behind === 'by1') at += 1 + (bytes[at] ?? 0);
    else if (behind === 'by4') at += at + 4 <= bytes.length ? 4 + view.getUint32(at, true) : 4;
    else at += at + 8 <= bytes.length ? 8 + Number(view.getBigUint64(at, true)) : 8;
  }
  throw new PickleEnd('ends too early');
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** What a pickle holds, and where it ends. @throws PickleError @throws HarmfulPickle */
export function unpickle(
  bytes: Uint8Array,
  from = 0,
  hooks: PickleHooks = {},
): { value: unknown; end: number } {
  return new Machine(bytes, from, hooks).run();
}

class Machine {
  readonly #view: DataView;
  /** The same bytes, for texts: there may be a million. */
  readonly #buffer: Buffer;
  readonly #used: Set<number>;
  readonly #memo = new Map<number, unknown>();
  /** By module and name. */
  readonly #globals = new Map<string, Map<string, Global>>();
  #globalCount = 0;
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true });
  readonly #stack: unknown[] = [];
  readonly #marks: number[] = [];
  #memoized = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
    private readonly hooks: PickleHooks,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#buffer = bufferOf(bytes);
    this.#used = lookedUp(bytes, at);
  }

  run(): { value: unknown; end: number } {
    for (let count = 0; count < MAX_INSTRUCTIONS; count++) {
      const code = this.bytes[this.#need(1)]!;
      if (code === STOP) {
        if (this.#marks.length > 0 || this.#stack.length !== 1)
          throw new PickleError('leaves no single value');
        return { value: this.#stack[0], end: this.at };
      }
      this.#step(code);
      if (this.#stack.length > MAX_VALUES || this.#marks.length > MAX_VALUES)
        throw new PickleError('piles up more values than can be read');
    }
    throw new PickleError(`has more than ${MAX_INSTRUCTIONS} instructions`);
  }

  /** Carries out one instruction; the comments have Python's names of them. */
  #step(code: number): void {
    const stack = this.#stack;
    switch (code) {
      case 0x80: // PROTO
        if (this.bytes[this.#need(1)]! > 5) throw new PickleError('is of a protocol after 5');
        return;
      case 0x95: // FRAME
        if (this.#size() > this.bytes.length - this.at) throw new PickleEnd('ends too early');
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
        this.#put(Number(this.#decimal(this.#line())));
        return;
      case 0x71: // BINPUT
        this.#put(this.bytes[this.#need(1)]!);
        return;
      case 0x72: // LONG_BINPUT
        this.#put(this.#view.getUint32(this.#need(4), true));
        return;
      case 0x94: // MEMOIZE
        this.#put(this.#memoized);
        return;
      case 0x67: // GET
        this.#get(Number(this.#decimal(this.#line())));
        return;
      case 0x68: // BINGET
        this.#get(this.bytes[this.#need(1)]!);
        return;
      case 0x6a: // LONG_BINGET
        this.#get(this.#view.getUint32(this.#need(4), true));
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
        const text = this.#line();
        stack.push(text === '01' ? true : text === '00' ? false : this.#decimal(text));
        return;
      }
      case 0x4c: // LONG
        stack.push(this.#decimal(this.#line()));
        return;
      case 0x46: // FLOAT
        stack.push(floatOf(this.#line()));
        return;
      case 0x53: {
        // STRING
        const text = this.#line();
        if (text.length < 2 || !/^(['"]).*\1$/s.test(text))
          throw new PickleError('has a text without quotes');
        stack.push(text.slice(1, -1));
        return;
      }
      case 0x56: // UNICODE
        stack.push(unescaped(this.#line()));
        return;
      case 0x4a: // BININT
        stack.push(this.#view.getInt32(this.#need(4), true));
        return;
      case 0x4b: // BININT1
        stack.push(this.bytes[this.#need(1)]);
        return;
      case 0x4d: // BININT2
        stack.push(this.#view.getUint16(this.#need(2), true));
        return;
      case 0x8a: // LONG1
        stack.push(this.#long(this.bytes[this.#need(1)]!));
        return;
      case 0x8b: // LONG4
        stack.push(this.#long(this.#signed()));
        return;
      case 0x47: // BINFLOAT
        stack.push(this.#view.getFloat64(this.#need(8), false));
        return;
      case 0x42: // BINBYTES
        stack.push(this.#take(this.#view.getUint32(this.#need(4), true)));
        return;
      case 0x43: // SHORT_BINBYTES
        stack.push(this.#take(this.bytes[this.#need(1)]!));
        return;
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        stack.push(this.#take(this.#size()));
        return;
      case 0x54: // BINSTRING
        stack.push(this.#latin1(this.#signed()));
        return;
      case 0x55: // SHORT_BINSTRING
        stack.push(this.#latin1(this.bytes[this.#need(1)]!));
        return;
      case 0x58: // BINUNICODE
        stack.push(this.#text(this.#view.getUint32(this.#need(4), true)));
        return;
      case 0x8c: // SHORT_BINUNICODE
        stack.push(this.#text(this.bytes[this.#need(1)]!));
        return;
      case 0x8d: // BINUNICODE8
        stack.push(this.#text(this.#size()));
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
        const module = this.#line();
        stack.push(this.#global(module, this.#line()));
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
        const module = this.#line();
        const callee = this.#global(module, this.#line());
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
        stack.push(this.#persistent(this.#line()));
        return;
      case 0x51: // BINPERSID
        stack.push(this.#persistent(this.#pop()));
        return;
      case 0x62: {
        // BUILD
        const state = this.#pop();
        const built = this.#top();
        // Attributes of an ordered dictionary, or of a tensor, say nothing of its values.
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

  /** Moves on by so many bytes. @returns where they begin. */
  #need(count: number): number {
    const from = this.at;
    if (!(count >= 0) || from + count > this.bytes.length) throw new PickleEnd('ends too early');
    this.at = from + count;
    return from;
  }

  #size(): number {
    const size = Number(this.#view.getBigUint64(this.#need(8), true));
    if (!Number.isSafeInteger(size)) throw new PickleError('has a length beyond all use');
    return size;
  }

  #signed(): number {
    const length = this.#view.getInt32(this.#need(4), true);
    if (length < 0) throw new PickleError('has a negative length');
    return length;
  }

  #line(): string {
    const end = this.bytes.indexOf(LINE_FEED, this.at);
    if (end < 0 && this.bytes.length - this.at <= MAX_LINE) throw new PickleEnd('ends too early');
    if (end < 0 || end - this.at > MAX_LINE) throw new PickleError('has a line without an end');
    return this.#buffer.toString('latin1', this.#need(end + 1 - this.at), end);
  }

  #take(count: number): Uint8Array {
    const from = this.#need(count);
    return this.bytes.subarray(from, from + count);
  }

  #latin1(count: number): string {
    const from = this.#need(count);
    return this.#buffer.toString('latin1', from, from + count);
  }

  #text(count: number): string {
    const from = this.#need(count);
    const end = from + count;
    // Names are short and plain: a decoder takes longer to begin with.
    if (count >= 256 || !isAscii(this.bytes, from, end)) {
      try {
        return this.#utf8.decode(this.bytes.subarray(from, end));
      } catch {
        // Lone halves of pairs, which Python may hold in a text and writes as they are.
      }
    }
    return this.#buffer.toString('latin1', from, end);
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

  /** Takes the last values off. */
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

  #long(count: number): number | bigint {
    if (count > MAX_INTEGER_BYTES) throw new PickleError(`has an integer of ${count} bytes`);
    const taken = this.#take(count);
    let value = 0n;
    for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(taken[i]!);
    return plain(BigInt.asIntN(8 * count, value));
  }

  #decimal(text: string): number | bigint {
    if (!/^[+-]?\d{1,2466}L?$/.test(text)) throw new PickleError('has a number that is none');
    return plain(BigInt(text.replace(/^\+|L$/g, '')));
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

/** @throws HarmfulPickle. Names may have dots: `torch` and `serialization.os.system` is a function of `os`. */
function refuseHarm(module: string, name: string): void {
  const path = [...module.split('.'), ...name.split('.')];
  const attributes = name.split('.');
  const harms =
    HARMFUL_MODULES.has(path[0]!) ||
    attributes.slice(0, -1).some((part) => HARMFUL_MODULES.has(part)) ||
    (path.slice(0, -1).some((part) => /^(?:__builtin__|builtins)$/.test(part)) &&
      HARMFUL_BUILTINS.has(attributes.at(-1)!));
  if (harms) throw new HarmfulPickle(`${module}.${name}`);
}

function isAscii(bytes: Uint8Array, from: number, end: number): boolean {
  for (let i = from; i < end; i++) if (bytes[i]! > 0x7f) return false;
  return true;
}

function listOf(value: unknown): { push: (item: unknown) => unknown } {
  if (Array.isArray(value)) return value as unknown[];
  if (value instanceof Box) return (value.list ??= []);
  throw new PickleError('appends to what is no list');
}

function mapOf(value: unknown): Map<unknown, unknown> {
  if (value instanceof Map) return value;
  if (value instanceof Box) return (value.items ??= new Map());
  throw new PickleError('puts items into what is no dictionary');
}

function keyOf(value: unknown): unknown {
  if (Array.isArray(value) || value instanceof Map) throw new PickleError('has a key that cannot be one');
  return value;
}

function plain(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function floatOf(text: string): number {
  const word = /^([+-]?)(inf|nan)$/i.exec(text);
  if (word) return word[2]!.toLowerCase() === 'nan' ? NaN : word[1] === '-' ? -Infinity : Infinity;
  return Number(text || NaN);
}

/** Protocol 0 writes what is not Latin-1 as escapes. */
function unescaped(text: string): string {
  return text.replace(/\\u([\da-f]{4})|\\U([\da-f]{8})/gi, (_, short: string | undefined, long: string) => {
    const point = parseInt(short ?? long, 16);
    if (point > 0x10ffff) throw new PickleError('has a character that is none');
    return String.fromCodePoint(point);
  });
}
