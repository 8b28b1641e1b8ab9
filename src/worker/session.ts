/** What every job that reads weights needs: its open files, its byte count, and a way to stop. */
import { anyFiles } from '../core/storage/anywhere';
import type { ByteSource } from '../core/storage/storage';
import { partRows, type ReadRows } from '../core/weights/kinds';
import type { OpenFile } from '../core/weights/openFile';
import { NeuroMfaError } from '../protocol/errors';
import { SharedControl } from './control';

export class JobSession {
  readonly #sources = new Map<string, ByteSource>();
  readonly #control: SharedControl;
  #counted = 0;

  /** @param subject of the message when the job is stopped. */
  private constructor(
    control: SharedArrayBuffer,
    private readonly subject: string,
  ) {
    this.#control = new SharedControl(control);
  }

  /** Runs a job; its files are closed after it. */
  static run<T>(control: SharedArrayBuffer, subject: string, job: (session: JobSession) => T): T {
    const session = new JobSession(control, subject);
    try {
      return job(session);
    } finally {
      for (const source of session.#sources.values()) source.close();
    }
  }

  readonly files: OpenFile = (file) => {
    let source = this.#sources.get(file.path);
    if (!source) this.#sources.set(file.path, (source = anyFiles.open(file.path, file.stamp)));
    return source;
  };

  readonly read: ReadRows = partRows(this.files);

  /** Reports bytes read so far. @throws NeuroMfaError `cancelled` when the analysis is to stop. */
  readonly checkCancelled = (): void => {
    let read = 0;
    for (const source of this.#sources.values()) read += source.bytesRead;
    if (read > this.#counted) this.#control.addBytes(read - this.#counted);
    this.#counted = read;
    if (this.#control.stopped) throw new NeuroMfaError('cancelled', this.subject, 'it was canceled', '');
  };
}
