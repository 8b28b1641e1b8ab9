/** How files of others are opened for reading. */
import { constants } from 'node:fs';

const { O_RDONLY, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants as Partial<typeof constants>;

/**
 * Opening a named pipe must not wait for a writer, and opening a terminal must not make it the controlling terminal.
 * Windows has neither flag, and neither problem.
 */
export const OPEN_FLAGS = (O_RDONLY ?? 0) | O_NONBLOCK | O_NOCTTY;
