/**
 * Opening a PyTorch file with 500,000 tensors, and a distributed checkpoint of 50,000 pieces, each in a process of its
 * own.
 * `node scripts/run-ts.mjs bench/torch.ts [FILE …]`: opens other files or folders instead, such as those of torch.save.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../src/core/checkpoint/open';
import { cutAlong, dcpFiles, type DcpTensor } from '../test/unit/support/dcpFiles';
import { Tensor, torchFile, type Pickled } from '../test/unit/support/torchFiles';
import { cpuMilliseconds, markdown } from './measure';

const TENSORS = 500_000;
/** Tensors of the distributed checkpoint, each divided among this many processes. */
const [DIVIDED, PROCESSES] = [782, 64];

const [first, ...more] = process.argv.slice(2);
if (first === '--open') {
  const [wall, cpu] = [performance.now(), cpuMilliseconds()];
  const checkpoint = openCheckpoint(more[0]!);
  const row = {
    path: more[0]!,
    tensors: checkpoint.tensors.length,
    'wall (s)': ((performance.now() - wall) / 1e3).toFixed(1),
    'CPU (s)': ((cpuMilliseconds() - cpu) / 1e3).toFixed(1),
    'peak memory (MB)': ((process.resourceUsage().maxRSS * 1024) / 1e6).toFixed(0),
    'read (MB)': (checkpoint.bytesRead / 1e6).toFixed(1),
  };
  checkpoint.close();
  console.log(JSON.stringify(row));
} else {
  const paths = first === undefined ? [manyTensors(), manyPieces()] : [first, ...more];
  const rows = paths.map((path) => {
    // The built program, because building takes memory too.
    const command = [process.argv[1]!, '--open', path];
    const { stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
    if (!stdout) throw new Error(stderr);
    return JSON.parse(stdout) as Record<string, string | number>;
  });
  console.log(markdown(rows));
}

function manyTensors(): string {
  const path = join(tmpdir(), 'neuromfa-bench-many.pt');
  if (existsSync(path)) return path;
  const weights = new Map<Pickled, Pickled>();
  for (let i = 0; i < TENSORS; i++) {
    const name = `model.layers.${Math.floor(i / 1000)}.mlp.experts.${i % 1000}.weight`;
    weights.set(name, new Tensor(new Uint8Array(16), 'F32', [2, 2]));
  }
  writeFileSync(path, torchFile(weights, { zip64: true }));
  return path;
}

function manyPieces(): string {
  const folder = join(tmpdir(), 'neuromfa-bench-dcp');
  if (existsSync(folder)) return folder;
  const shape = [PROCESSES, 16];
  const tiles = cutAlong(shape, 0, PROCESSES);
  const tensors = new Map<string, DcpTensor>();
  for (let i = 0; i < DIVIDED; i++)
    tensors.set(`layers.${i}.weight`, { dtype: 'F32', shape, bytes: new Uint8Array(PROCESSES * 64), tiles });
  mkdirSync(folder);
  for (const [name, content] of Object.entries(dcpFiles(tensors, { files: PROCESSES })))
    writeFileSync(join(folder, name), content);
  return folder;
}
