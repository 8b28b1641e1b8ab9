/**
 * Writes checkpoints as trainers do, until it is killed: slowly, in shards, or under another name first; keeps the last three.
 * `node trainer.mjs SOURCE FOLDER SEED FIRST`; prints the number of each step that is whole.
 */
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const [source, folder, seed, first] = process.argv.slice(2);
const model = readFileSync(join(source, 'model.safetensors'));
const config = readFileSync(join(source, 'config.json'));
let state = Number(seed);
/** Of 0 to n − 1, the same for the same seed. */
const pick = (n) => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * n);
};

async function writeSlowly(path, bytes) {
  writeFileSync(path, '');
  const part = Math.ceil(bytes.length / 6);
  for (let at = 0; at < bytes.length; at += part) {
    appendFileSync(path, bytes.subarray(at, at + part));
    await wait(pick(60));
  }
}

/** The model in two files, every other tensor in each, and the index beside them. */
function shards() {
  const length = Number(model.readBigUInt64LE());
  const header = Object.entries(JSON.parse(model.subarray(8, 8 + length).toString()));
  const map = {};
  const files = [0, 1].map((which) => {
    const name = `model-0000${which + 1}-of-00002.safetensors`;
    const own = {};
    const parts = [];
    let at = 0;
    for (const [i, [tensor, info]] of header.entries()) {
      if (tensor === '__metadata__' || i % 2 !== which) continue;
      const [from, to] = info.data_offsets;
      own[tensor] = { ...info, data_offsets: [at, (at += to - from)] };
      parts.push(model.subarray(8 + length + from, 8 + length + to));
      map[tensor] = name;
    }
    const head = Buffer.from(JSON.stringify(own));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(head.length));
    return [name, Buffer.concat([size, head, ...parts])];
  });
  return { files, index: JSON.stringify({ metadata: {}, weight_map: map }) };
}

const kept = [];
for (let step = Number(first); ; step++) {
  const target = join(folder, `step${step}`);
  const way = pick(3);
  const place = way === 1 ? join(folder, `tmp-step${step}`) : target;
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place);
  writeFileSync(join(place, 'config.json'), config);
  if (way === 2) {
    const { files, index } = shards();
    writeFileSync(join(place, 'model.safetensors.index.json'), index);
    for (const [name, bytes] of files) await writeSlowly(join(place, name), bytes);
  } else await writeSlowly(join(place, 'model.safetensors'), model);
  if (place !== target) renameSync(place, target);
  process.stdout.write(`${step}\n`);
  kept.push(target);
  if (kept.length > 3) rmSync(kept.shift(), { recursive: true });
  await wait(200 + pick(400));
}
