/** About how many bytes lie at a path of this machine, without opening anything. */
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from './paths';

/** Whoever has more files has much. */
const MAX_FILES = 64;
/** A smaller file may be the index of those beside it. */
const INDEX_BYTES = 2 ** 20;

/** Those of a file, or of all that lies in a folder itself; 0 where nothing can be seen. Never rejects. */
export async function bytesAt(path: string): Promise<number> {
  try {
    const stats = await stat(path);
    if (stats.isFile() && stats.size > INDEX_BYTES) return stats.size;
    const folder = stats.isDirectory() ? path : dirname(path);
    const names = await readdir(folder);
    if (names.length > MAX_FILES) return Infinity;
    const sizes = await Promise.all(
      names.map((name) =>
        stat(join(folder, name)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch {
    return 0;
  }
}
