/** Memory that an analysis and its workers share: a stop flag and a count of bytes read. */
const STOP = 0;
const BYTES_AT = 8;

export class SharedControl {
  readonly #flags: Int32Array;
  readonly #bytes: BigInt64Array;

  constructor(readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(16)) {
    this.#flags = new Int32Array(buffer, 0, 1);
    this.#bytes = new BigInt64Array(buffer, BYTES_AT, 1);
  }

  stop(): void {
    Atomics.store(this.#flags, STOP, 1);
  }

  get stopped(): boolean {
    return Atomics.load(this.#flags, STOP) === 1;
  }

  addBytes(bytes: number): void {
    Atomics.add(this.#bytes, 0, BigInt(bytes));
  }

  get bytesRead(): number {
    return Number(Atomics.load(this.#bytes, 0));
  }
}
