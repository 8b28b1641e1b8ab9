/** Opens files in a folder that others write to as well, where devices, pipes and folders may have any name. */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { ForeignEntry } from './verdicts';

export interface OpenedFile {
  file: FileHandle;
  size: number;
  /** Changes when the file is replaced or changed. */
  identity: string;
}

/**
 * Opens a regular file for reading, without ever waiting for another process.
 * @throws ForeignEntry for anything else; the system's errors.
 */
export async function openRegular(path: string): Promise<OpenedFile> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await file.stat({ bigint: true });
    if (!stats.isFile()) throw new ForeignEntry('it is not a regular file');
    const { dev, ino, size, mtimeNs, ctimeNs } = stats;
    return { file, size: Number(size), identity: [dev, ino, size, mtimeNs, ctimeNs].join(' ') };
  } catch (error) {
    await file.close();
    throw error;
  }
}
