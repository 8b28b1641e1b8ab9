/** A folder of checkpoints to work on, made from the bundled run for one session. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { paths } from '../harness/paths';

const STEPS = [0, 1000, 4000];
const DAMAGED_STEP = 2000;

export class Workspace {
  readonly #root = mkdtempSync(join(tmpdir(), 'neuromfa-ui-'));
  /** What the window opens. */
  readonly folder = join(this.#root, 'workspace');
  /** Where exports go. */
  readonly exports = join(this.#root, 'exports');
  /** A checkpoint whose second half is missing. */
  readonly truncated = join(this.folder, 'interrupted', 'model.safetensors');
  /** Checkpoints in it, the damaged one included. */
  readonly count = STEPS.length + 1;

  constructor() {
    mkdirSync(this.exports);
    for (const step of STEPS) this.#copy(step, join(this.folder, 'neox-1m', `step${step}`));
    this.#copy(DAMAGED_STEP, join(this.folder, 'interrupted'));
    truncateSync(this.truncated, 1_000_000);
  }

  /** The folder of one step of the run. */
  step(step: number): string {
    return join(this.folder, 'neox-1m', `step${step}`);
  }

  /** The checkpoint of one step of the run. */
  file(step: number): string {
    return join(this.step(step), 'model.safetensors');
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  #copy(step: number, folder: string): void {
    mkdirSync(folder, { recursive: true });
    for (const name of ['config.json', 'model.safetensors']) {
      copyFileSync(join(paths.sampleRun, `step${step}`, name), join(folder, name));
    }
  }
}
