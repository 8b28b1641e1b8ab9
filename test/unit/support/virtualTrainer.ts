/**
 * A folder that a trainer writes to, without a disk or a clock: slowly, in two files, or under another name first; it keeps the last
 * three, and is killed and started again at random.
 */
import type { RunCheckpoint, TrainingRun } from '../../../src/core/run/trainingRun';
import type { Random } from '../../fuzz/support/random';

interface VirtualFile extends RunCheckpoint {
  whole: boolean;
  /** Of all checkpoints that were ever written here. */
  serial: number;
}

const BYTES = 600;

export class VirtualTrainer {
  /** By path. */
  readonly files = new Map<string, VirtualFile>();
  /** Looks at which each whole checkpoint was there, by serial number. */
  readonly looks = new Map<number, number>();
  #time = 0;
  #serial = 0;
  #step = 0;
  #writing: VirtualFile | null = null;
  #kept: string[] = [];

  constructor(
    private readonly folder: string,
    private readonly random: Random,
  ) {}

  /** Does the next thing. */
  tick(): void {
    this.#time += 1 + this.random.below(50);
    if (this.random.below(25) === 0) this.#die();
    else if (this.#writing) this.#write(this.#writing);
    else if (this.random.below(3) > 0) this.#begin();
  }

  /** What a search finds now. */
  found(): TrainingRun {
    for (const { whole, serial, name } of this.files.values())
      if (whole && !name.startsWith('tmp-')) this.looks.set(serial, (this.looks.get(serial) ?? 0) + 1);
    const checkpoints = [...this.files.values()].sort((a, b) => a.step! - b.step!);
    const { folder: path } = this;
    return { id: `${path}\n`, label: '', name: 'run', path, orderedBy: 'step', checkpoints, leftOut: [] };
  }

  /** @throws where the checkpoint at a path is not whole. */
  open(path: string): VirtualFile {
    const file = this.files.get(path);
    if (!file?.whole) throw new Error(`${path} is cut short`);
    return file;
  }

  #begin(): void {
    const name = `${this.random.below(3) === 0 ? 'tmp-' : ''}step${this.#step}`;
    const path = `${this.folder}/${name}/model`;
    const file = { path, name, step: this.#step, epoch: null, tokens: null, modified: this.#time, bytes: 0 };
    this.#writing = { ...file, whole: false, serial: this.#serial++ };
    this.files.set(path, this.#writing);
  }

  /** A hundred bytes more; some writers reserve all space at first. */
  #write(file: VirtualFile): void {
    const reserves = file.serial % 4 === 0;
    const bytes = reserves ? BYTES : file.bytes + 100;
    const written = { ...file, bytes, modified: this.#time, whole: this.#time % 3 === 0 || bytes > BYTES };
    if (!reserves) written.whole = bytes >= BYTES;
    this.files.set(file.path, written);
    this.#writing = written.whole ? null : written;
    if (written.whole) this.#finish(written);
  }

  #finish(file: VirtualFile): void {
    const name = `step${this.#step++}`;
    const path = `${this.folder}/${name}/model`;
    this.files.delete(file.path);
    this.files.set(path, { ...file, path, name });
    this.#kept.push(path);
    if (this.#kept.length > 3) this.files.delete(this.#kept.shift()!);
  }

  /** What is half stays half, until the next life writes that step anew or passes over it. */
  #die(): void {
    this.#writing = null;
    this.#kept = [...this.files.keys()].filter((path) => this.files.get(path)!.whole);
    this.#step += this.random.below(2);
  }
}
