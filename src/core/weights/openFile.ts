/** How rows of weights get at the files that hold them. */
import type { StampedFile } from '../storage/stamp';
import type { ByteSource } from '../storage/storage';

/** Opens a file in the state in which it was planned; the opener closes it. */
export type OpenFile = (file: StampedFile) => Pick<ByteSource, 'read' | 'ahead'>;
