/** Names of open files: `/dev/fd/N`, `/proc/…/fd/N`. */
import { write as writeCallback } from 'node:fs';
import { promisify } from 'node:util';

const write = promisify(writeCallback);

export const STANDARD_OUTPUT = 1;

const NAME = /^\/(?:dev|proc\/(\d+)(?:\/task\/\d+)?)\/fd\/(\d+)$/;

/** Whether `path`, with the links of its folder resolved, names an open file of any process. */
export const isDescriptor = (path: string): boolean => NAME.test(path);

/** The descriptor where this process has the file open; else null. */
export function ownDescriptor(path: string): number | null {
  const [match, owner = String(process.pid), descriptor] = NAME.exec(path) ?? [];
  return match !== undefined && owner === String(process.pid) ? Number(descriptor) : null;
}

/** @throws the system's error where it is open for reading alone. */
export async function checkDescriptor(descriptor: number): Promise<void> {
  await write(descriptor, new Uint8Array(0), 0, 0, null);
}

/** Writes at its current position, because other processes may write before and after. */
export async function writeHere(descriptor: number, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += (await write(descriptor, bytes, at, bytes.length - at, null)).bytesWritten;
  }
}
