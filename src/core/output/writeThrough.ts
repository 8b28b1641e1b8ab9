/** Writes to destinations that are no regular files: never replaces or truncates them. */
import { close, constants, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { NeuroMfaError } from '../../protocol/errors';
import { checkDescriptor, writeHere } from './descriptor';
import type { Destination } from './destination';

const LOOK_AGAIN_MS = 50;

/** The last two are undefined on Windows, which acts like 0. */
const { O_WRONLY, O_APPEND, O_NOCTTY, O_NONBLOCK } = constants;

export interface Patience {
  /** Ends waiting and writing. */
  signal?: AbortSignal;
  /** Called once when a pipe has no reader yet, before waiting for one. Without it there is no waiting. */
  onWait?: (path: string) => void;
}

/** Writes to a device, or at the end of a file that another program has open. */
export async function writeDevice(
  { path, stats }: Destination & { kind: 'device' },
  content: string | Uint8Array,
): Promise<void> {
  const file = await open(path, O_WRONLY | O_NOCTTY | (stats.isFile() ? O_APPEND : 0));
  try {
    await file.writeFile(content);
  } finally {
    await file.close();
  }
}

/**
 * Writes to a pipe without blocking, however slow its reader is.
 * @param named a pipe whose reader may come later.
 */
export async function writePipe(
  path: string,
  named: boolean,
  content: string | Uint8Array,
  patience: Patience,
): Promise<void> {
  await stream(await openPipe(path, named, patience), content, patience.signal);
}

/** Writes to a descriptor of this process at its current position, because others may write before and after. */
export async function writeDescriptor(
  { path, descriptor, stats }: Destination & { kind: 'descriptor' },
  content: string | Uint8Array,
  patience: Patience,
): Promise<void> {
  await checkDescriptor(descriptor);
  if (stats.isSocket()) await writeSocket(descriptor, content, patience.signal);
  // Opened again: the descriptor may be shared with processes that expect it to block.
  else if (stats.isFIFO()) await writePipe(path, false, content, patience);
  else await writeHere(descriptor, Buffer.from(content));
}

/** Only one stream can watch a socket, so an existing stream of this process is used. */
async function writeSocket(
  descriptor: number,
  content: string | Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  const standard = descriptor === 1 ? process.stdout : descriptor === 2 ? process.stderr : null;
  if (!standard) {
    await stream(descriptor, content, signal);
    return;
  }
  await new Promise<void>((done, fail) => {
    standard.write(content, (error) => {
      if (error) fail(error);
      else done();
    });
  });
}

/** Without the flag, opening would wait for a reader and could not be cancelled. */
async function openPipe(path: string, named: boolean, { signal, onWait }: Patience): Promise<number> {
  for (let asked = false; ; asked = true) {
    try {
      return openSync(path, O_WRONLY | O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
      if (!named) throw Object.assign(new Error('no reader'), { code: 'EPIPE' });
      if (!onWait) throw noReader(path, error);
      if (!asked) onWait(path);
    }
    await pause(LOOK_AGAIN_MS, undefined, { signal });
  }
}

async function stream(
  descriptor: number,
  content: string | Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  let socket: Socket;
  try {
    socket = new Socket({ fd: descriptor, readable: false, writable: true });
  } catch (error) {
    // It was a pipe when it was looked at.
    close(descriptor);
    throw error;
  }
  await pipeline(Readable.from([Buffer.from(content)]), socket, { signal });
}

function noReader(path: string, error: unknown): NeuroMfaError {
  return new NeuroMfaError(
    'unwritable',
    path,
    'no program reads this pipe',
    'Start the one that reads it first, or name a file',
    { cause: error },
  );
}
