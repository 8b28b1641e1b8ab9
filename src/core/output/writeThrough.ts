/** What is no regular file: opened as it is and written to, never replaced and never cut. */
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

/** The last two are undefined on Windows, which is as good as 0. */
const { O_WRONLY, O_APPEND, O_NOCTTY, O_NONBLOCK } = constants;

export interface Patience {
  /** Ends waiting and writing. */
  signal?: AbortSignal;
  /** Told once that a pipe has no reader yet; then one is waited for. Without it there is no waiting. */
  onWait?: (path: string) => void;
}

/** A device; or a file that another program has open, behind what it holds. */
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
 * A pipe: never in the way of anything else, however long its reader takes.
 * @param named one whose reader may come later.
 */
export async function writePipe(
  path: string,
  named: boolean,
  content: string | Uint8Array,
  patience: Patience,
): Promise<void> {
  await stream(await openPipe(path, named, patience), content, patience.signal);
}

/** What this process has open: at the place that it has reached there, for others may write to it before and after. */
export async function writeDescriptor(
  { path, descriptor, stats }: Destination & { kind: 'descriptor' },
  content: string | Uint8Array,
  patience: Patience,
): Promise<void> {
  await checkDescriptor(descriptor);
  if (stats.isSocket()) await writeSocket(descriptor, content, patience.signal);
  // Opened anew, for what this process has of it may be in use by others, who would not expect it not to wait.
  else if (stats.isFIFO()) await writePipe(path, false, content, patience);
  else await writeHere(descriptor, Buffer.from(content));
}

/** A socket can be watched once: by the stream that the process has of it already, if it has one. */
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

/** Without the flag, opening would wait for a reader where nothing can end it. */
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
