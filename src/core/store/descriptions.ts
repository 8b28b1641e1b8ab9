/**
 * Remembers what checkpoints were, beside the results of a store, so that a stored result is found without opening its
 * checkpoint. A description counts only as long as everything that it was made from is as it was (`storage/seen.ts`).
 *
 * `descriptions.jsonl` begins with a line that names what it is, and has a line for each: its key, the checksum of what follows, and JSON. Lines are only ever appended,
 * and the last one of a key counts; a damaged line counts as none.
 */
import { createHash } from 'node:crypto';
import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { checkpointSchema, type CheckpointInfo } from '../../protocol/analysis';
import { canonicalJson, isRemote, type Subject } from '../../protocol/subject';
import { resolve } from '../storage/paths';
import type { Seen } from '../storage/seen';
import { isStillSeen } from '../storage/stillSeen';
import { VERSION } from '../version';
import { isAbsent } from './entryFiles';
import { openRegular } from './regularFile';

const NAME = 'descriptions.jsonl';
/** The first line of the file. */
const HEAD = 'neuromfa/descriptions@1';
/** A longer file is removed: whatever it has can be found out again. */
const MAX_BYTES = 8 * 2 ** 20;

const KEY_LENGTH = 64;

const path = v.string();
const rememberedSchema = v.object({
  checkpoint: checkpointSchema,
  state: v.nullable(v.string()),
  seen: v.object({
    read: v.array(v.tuple([path, v.string()])),
    met: v.array(v.tuple([path, v.nullable(v.string())])),
    listed: v.array(v.tuple([path, v.string()])),
  }),
});

/** A checkpoint, and the state of its files. */
export interface Described {
  checkpoint: CheckpointInfo;
  /** See `ResultSource`. */
  state: string | null;
}

export class Descriptions {
  readonly #path: string;
  #content: Promise<Content> | undefined;

  constructor(directory: string) {
    this.#path = join(directory, NAME);
  }

  /** What the subject was, where nothing of what gives it has changed since; otherwise null. */
  async recall(subject: Subject): Promise<Described | null> {
    if (!isRemembered(subject)) return null;
    const line = (await this.#load()).lines.get(keyOf(subject));
    const remembered = line === undefined ? null : parse(line);
    if (!remembered || !(await isStillSeen(remembered.seen))) return null;
    return { checkpoint: remembered.checkpoint, state: remembered.state };
  }

  /** Never rejects: in a store that cannot be written to, the checkpoint is opened again next time. */
  async keep(subject: Subject, { checkpoint, state }: Described, seen: Seen): Promise<void> {
    // The base of an adapter is chosen by more than what lies in its files.
    if (!isRemembered(subject) || checkpoint.adapter) return;
    const json = JSON.stringify({ checkpoint, state, seen });
    const key = keyOf(subject);
    const line = `${sha256(json)} ${json}`;
    const content = await this.#load();
    content.lines.set(key, line);
    if (content.kind === 'other') return;
    const head = content.kind === 'none' ? `${HEAD}\n` : '';
    content.kind = 'ours';
    await appendFile(this.#path, `${head}${key} ${line}\n`).catch(() => undefined);
  }

  /** @throws the system's errors. */
  async clear(): Promise<void> {
    const { kind } = await readContent(this.#path);
    this.#content = undefined;
    if (kind === 'ours') await rm(this.#path, { force: true });
  }

  #load(): Promise<Content> {
    return (this.#content ??= readContent(this.#path));
  }
}

interface Content {
  /** `other`: something that this program has not written, or that cannot be read; it stays as it is. */
  kind: 'none' | 'ours' | 'other';
  /** Of each key the rest of its last line. */
  lines: Map<string, string>;
}

/** Never rejects. */
async function readContent(path: string): Promise<Content> {
  const lines: Content['lines'] = new Map();
  try {
    const { file, size } = await openRegular(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD.length), 0, HEAD.length, 0);
      if (buffer.toString('latin1', 0, bytesRead) !== HEAD) return { kind: 'other', lines };
      if (size <= MAX_BYTES) {
        const text = await file.readFile('utf8');
        for (const line of text.split('\n')) lines.set(line.slice(0, KEY_LENGTH), line.slice(KEY_LENGTH + 1));
        return { kind: 'ours', lines };
      }
    } finally {
      await file.close();
    }
    await rm(path, { force: true });
    return { kind: 'none', lines };
  } catch (error) {
    return { kind: isAbsent(error) ? 'none' : 'other', lines };
  }
}

/** Stored weights alone, wherever their own folders say what they are. */
function isRemembered({ at, base, weights, common }: Subject): boolean {
  return !isRemote(at) && typeof base !== 'string' && weights.kind === 'stored' && !common;
}

/** Another version may read the same files in another way. */
function keyOf({ at, weights }: Subject): string {
  return sha256(canonicalJson({ version: VERSION, at: resolve(at), set: weights.set ?? null }));
}

function parse(line: string): v.InferOutput<typeof rememberedSchema> | null {
  const [checksum, json] = [line.slice(0, KEY_LENGTH), line.slice(KEY_LENGTH + 1)];
  if (sha256(json) !== checksum) return null;
  const parsed = v.safeParse(rememberedSchema, JSON.parse(json));
  return parsed.success ? parsed.output : null;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
