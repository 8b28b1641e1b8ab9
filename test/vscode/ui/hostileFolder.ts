/** A folder whose names the editor would take for links and icons, were they shown as they are. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { paths } from '../harness/paths';

/** An icon, and a mark that turns the direction of what follows. */
const DECEPTION = '$(verified)\u202e';

export class HostileFolder {
  readonly #root = mkdtempSync(join(tmpdir(), 'nm-'));
  /** What a link would make, were it opened. */
  readonly #proof = join(this.#root, 'ran');
  /** A link that runs a program, and the icon. */
  readonly name = `${linkTo(this.#proof)}${DECEPTION}`;
  /** What the window opens. */
  readonly folder = join(this.#root, 'workspace');
  /** A file whose element type is the name. */
  readonly elementType = join(this.folder, 'dtype', 'model.safetensors');
  /** A file in which a tensor of that name does not have the size of its shape. */
  readonly tensor = join(this.folder, 'tensor', 'model.safetensors');
  /** A checkpoint with the name. */
  readonly file = join(this.folder, 'file', `${this.name}.safetensors`);
  /** Checkpoints of a run in a folder with the name. */
  readonly run = ['step0', 'step1000'].map((step) => join(this.folder, this.name, step, 'model.safetensors'));

  /** @param settings that the folder brings along. */
  constructor(settings: object) {
    writeHeader(this.elementType, {
      'layers.0.weight': { dtype: this.name, shape: [1], data_offsets: [0, 2] },
    });
    writeHeader(this.tensor, { [this.name]: { dtype: 'F16', shape: [5], data_offsets: [0, 2] } });
    for (const path of [this.file, ...this.run]) copyCheckpoint(path);
    mkdirSync(join(this.folder, '.vscode'));
    writeFileSync(join(this.folder, '.vscode', 'settings.json'), JSON.stringify(settings));
  }

  /** Whether a link was opened. */
  get ran(): boolean {
    return existsSync(this.#proof);
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}

/** As VS Code reads one in a notification: it opens a terminal with a program of its own. */
function linkTo(proof: string): string {
  const terminal = { config: { executable: '/bin/sh', args: ['-c', `>${proof}`] } };
  return `[Repair](command:workbench.action.terminal.new?${encodeURIComponent(JSON.stringify(terminal))})`;
}

function writeHeader(path: string, header: object): void {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, Buffer.concat([length, json, Buffer.alloc(2)]));
}

function copyCheckpoint(path: string): void {
  const from = join(paths.sampleRun, 'step64');
  mkdirSync(join(path, '..'), { recursive: true });
  copyFileSync(join(from, 'model.safetensors'), path);
  copyFileSync(join(from, 'config.json'), join(path, '..', 'config.json'));
}
