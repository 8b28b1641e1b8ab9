/**
 * Limits for all readers, whatever a file says. A reader's other limits are in its own file. They are far above what
 * models have, yet low enough that a damaged or hostile file takes neither all memory nor minutes.
 */

/** Tensors of a checkpoint. The largest published mixtures of experts have about 200,000 in all shards. */
export const MAX_TENSORS = 1_000_000;
/** Neither PyTorch nor NumPy makes tensors of more dimensions. */
export const MAX_DIMENSIONS = 64;
/** Real names have fewer than 200 characters; names are shown, joined to keys and matched by patterns. */
export const MAX_NAME_LENGTH = 4096;
/** An index holds one line per tensor; 200,000 tensors take some 20 MB. */
export const MAX_INDEX_BYTES = 100_000_000;
