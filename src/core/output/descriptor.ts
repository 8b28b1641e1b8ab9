/** Files that are open already, by the names that the system has for them: `/dev/fd/N`, `/proc/…/fd/N`. */
import { write as writeCallback } from 'node:fs';
import { promisify } from 'node:util';

const write = promisify(writeCallback);

export const STANDARD_OUTPUT = 1;

const NAME = /^\/(?:dev|proc\/(\d+)(?:\/task\/\d+)?)\/fd\/(\d+)$/;

/** Whether `path`, whose folder is given without links, names an open file, of any process. */
export const isDescriptor = (path: string): boolean => NAME.test(path);

/** The number where it is a file that this process has open; else null. */
export function ownDescriptor(path: string): number | null {
  const [match, owner = String(process.pid), descriptor] = NAME.exec(path) ?? [];
  return match !== undefined && owner === String(process.pid) ? Number(descriptor) : null;
}

/** @throws the system's refusal where it is open for reading alone. */
export async function checkDescriptor(descriptor: number): Promise<void> {
  await write(descriptor, new Uint8Array(0), 0, 0, null);
}

/** At the place that it has reached there: others may write to it before and after. */
export async function writeHere(descriptor: number, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += (await write(descriptor, bytes, at, bytes.length - at, null)).bytesWritten;
  }
}
