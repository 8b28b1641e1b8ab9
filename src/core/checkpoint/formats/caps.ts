/**
 * What no reader goes beyond, whatever a file says. A reader's other caps stand in its own file. They are far above what models
 * have, and low enough that a damaged or hostile file takes neither all memory nor minutes.
 */

/** Of a checkpoint. The largest published mixtures of experts have some 200,000 over all shards. */
export const MAX_TENSORS = 1_000_000;
/** PyTorch and NumPy make no tensor of more. */
export const MAX_DIMENSIONS = 64;
/** Real names have under 200 characters; they are shown, joined to keys and matched by patterns. */
export const MAX_NAME_LENGTH = 4096;
