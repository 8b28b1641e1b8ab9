/** Writes regular files: replaces them atomically where that preserves mode and owner, else writes in place. */
import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { access, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { NeuroMfaError } from '../../protocol/errors';
import { writeError } from './writeError';

/** Called with the reason when a file is written in place. */
export type TellInPlace = (why: string) => void;

/**
 * Writes the file at `path`, which is the end of its links.
 *
 * A new file, or one whose mode and owner can be preserved, appears complete or not at all. One with other hard links, or in
 * a folder that takes no new file, is written in place, so that it stays the same file.
 *
 * @param stats of the file that is there; null for none.
 * @throws the system's refusal; NeuroMfaError `unwritable` where a file was left half written.
 */
export async function replaceFile(
  path: string,
  stats: Stats | null,
  content: string | Uint8Array,
  tell: TellInPlace,
): Promise<void> {
  if (stats) {
    // A rename could replace a file that may not be written.
    await access(path, constants.W_OK);
    if (stats.nlink > 1) {
      await writeInPlace(path, content, 'it has other names (hard links)', tell);
      return;
    }
  }
  const temporary = join(dirname(path), `.neuromfa-${randomBytes(8).toString('hex')}.tmp`);
  try {
    await writeNew(temporary, stats, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    const why = stats && whyNot(error);
    if (!why) throw error;
    await writeInPlace(path, content, why, tell);
  }
}

/** Why an existing file can be written but not replaced; null for faults that prevent both. */
function whyNot(error: unknown): string | null {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EPERM':
    case 'EACCES':
    case 'EROFS':
    case 'EINVAL':
    case 'ENOENT':
      return 'its folder takes no new file, or its owner could not be preserved';
    // The file is itself a mount point, as in containers.
    case 'EBUSY':
    case 'EXDEV':
      return 'the system does not let it be replaced';
    default:
      return null;
  }
}

/** @param like the file whose mode and owner it gets. */
async function writeNew(path: string, like: Stats | null, content: string | Uint8Array): Promise<void> {
  // Nobody else may read it until it has its owner.
  const file = await open(path, 'wx', like ? 0o600 : 0o666);
  try {
    await file.writeFile(content);
    if (like) await keepOwner(file, like);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function keepOwner(file: FileHandle, { uid, gid, mode }: Stats): Promise<void> {
  const own = await file.stat();
  if (own.uid !== uid || own.gid !== gid) await file.chown(uid, gid);
  // A change of the owner resets some mode bits, so the mode comes after it.
  await file.chmod(mode & 0o7777);
}

async function writeInPlace(
  path: string,
  content: string | Uint8Array,
  why: string,
  tell: TellInPlace,
): Promise<void> {
  const file = await open(path, constants.O_WRONLY);
  tell(why);
  try {
    // The former content is cut off last, when all new content is written.
    await file.writeFile(content);
    await file.truncate(Buffer.byteLength(content));
    await file.sync();
  } catch (error) {
    const { cause, nextStep } = writeError(error, path).data;
    throw new NeuroMfaError('unwritable', path, `${cause}, and it is half written`, nextStep, {
      cause: error,
    });
  } finally {
    await file.close();
  }
}
