/**
 * Runs jobs that read headers: shows their progress, and ends them with their worker when they make none. The content of a
 * file decides how long reading takes, and a disk or a network may not answer at all.
 */
import { NeuroMfaError } from '../protocol/errors';
import type { ReadingProgress } from '../protocol/inspect';
import { SharedReading } from './readingProgress';

const TOLD_EVERY_MS = 100;
const LOOKED_AT_EVERY_MS = 1000;
/** Reading a million tensors takes about 13 seconds in total. */
export const MAX_LOOKS = 120;

export interface ReadOptions {
  signal?: AbortSignal | undefined;
  /** Called with the progress of reading. */
  onReading?: ((progress: ReadingProgress) => void) | undefined;
}

/**
 * Runs a job that reads headers.
 * @param run starts the job, which writes its progress to shared memory. Aborting `kill` ends it.
 * @throws NeuroMfaError what the job does; `cancelled` where `signal` aborts; `unreadable` where the job has made no
 *   progress for two minutes. Time that it waits for a worker, or that the machine sleeps, does not count.
 */
export async function readHeaders<T>(
  path: string,
  { signal, onReading }: ReadOptions,
  run: (reading: SharedArrayBuffer, kill: AbortSignal) => Promise<T>,
): Promise<T> {
  const shared = new SharedReading();
  const ending = new AbortController();
  const end = (): void => {
    ending.abort();
  };
  if (signal?.aborted) end();
  signal?.addEventListener('abort', end, { once: true });
  const watch = new Watch(shared, end);
  const timer =
    onReading &&
    setInterval(() => {
      onReading(shared.progress);
    }, TOLD_EVERY_MS);
  try {
    return await run(shared.buffer, ending.signal);
  } catch (error) {
    throw watch.late && !signal?.aborted ? noProgress(path, error) : error;
  } finally {
    clearInterval(timer);
    watch.stop();
    signal?.removeEventListener('abort', end);
  }
}

/** Checks at intervals whether a job has made progress, and ends it when it has made none for too long. */
class Watch {
  late = false;
  readonly #timer: NodeJS.Timeout;
  #seen = 0;
  #idle = 0;

  constructor(
    private readonly shared: SharedReading,
    private readonly end: () => void,
  ) {
    this.#timer = setInterval(() => {
      this.#look();
    }, LOOKED_AT_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { steps } = this.shared;
    this.#idle = steps === 0 || steps !== this.#seen ? 0 : this.#idle + 1;
    this.#seen = steps;
    if (this.#idle < MAX_LOOKS) return;
    this.late = true;
    this.stop();
    this.end();
  }
}

function noProgress(path: string, cause: unknown): NeuroMfaError {
  const seconds = (MAX_LOOKS * LOOKED_AT_EVERY_MS) / 1000;
  return new NeuroMfaError(
    'unreadable',
    path,
    `reading its headers was ended: it made no progress for ${seconds} seconds`,
    'Check the disk or the network that it lies on, and whether it comes from somebody you trust; then try again',
    { cause },
  );
}
