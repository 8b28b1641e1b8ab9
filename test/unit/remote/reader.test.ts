/** Readers of one file that share what is read of its header. */
import { expect, it, vi } from 'vitest';
import type { ByteRange } from '../../../src/core/storage/storage';
import type { Location } from '../../../src/protocol/subject';
import type { RangedFile } from '../../../src/remote/rangedFile';
import { Reader, Shared } from '../../../src/remote/reader';
import { cancelled } from '../../../src/remote/transport';

const SIZE = 1_000_000;
const byteAt = (offset: number): number => offset % 251;
const bytesOf = ({ offset, bytes }: ByteRange): Buffer =>
  Buffer.from(Array.from({ length: bytes }, (_, i) => byteAt(offset + i)));

/** A file that answers once it is let go. */
class HeldFile {
  readonly asked: ByteRange[] = [];
  #open: () => void = () => undefined;
  #gate = Promise.resolve();

  hold(): () => void {
    this.#gate = new Promise((open) => {
      this.#open = open;
    });
    return this.#open;
  }

  readonly file = {
    location: 'https://host/model' as Location,
    file: { size: SIZE },
    read: async (range: ByteRange, signal: AbortSignal): Promise<Buffer> => {
      this.asked.push(range);
      await Promise.race([
        this.#gate,
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            reject(cancelled('https://host/model'));
          });
        }),
      ]);
      return bytesOf(range);
    },
  } as unknown as RangedFile;
}

async function readOf(reader: Reader, { file }: HeldFile, range: ByteRange): Promise<Buffer> {
  const into = Buffer.alloc(range.bytes);
  await reader.read(file, range.offset, into);
  return into;
}

it('a header that two threads read is asked for once', async () => {
  const shared = new Shared();
  const held = new HeldFile();
  const [one, two] = [new Reader(shared), new Reader(shared)];
  const ranges = [
    { offset: 0, bytes: 8 },
    { offset: 8, bytes: 4096 },
    { offset: 65_400, bytes: 500 },
    { offset: SIZE - 10, bytes: 10 },
  ];
  for (const range of ranges)
    for (const reader of [one, two]) expect(await readOf(reader, held, range)).toEqual(bytesOf(range));
  expect(held.asked).toEqual([
    { offset: 0, bytes: 65_536 },
    { offset: 65_400, bytes: 65_536 },
    { offset: SIZE - 10, bytes: 10 },
  ]);
});

it('what one thread has asked for is asked for again where that thread is ended before it is there', async () => {
  const shared = new Shared();
  const held = new HeldFile();
  const [ended, other] = [new Reader(shared), new Reader(shared)];
  const range = { offset: 100, bytes: 50 };
  const open = held.hold();
  const first = readOf(ended, held, range);
  const second = readOf(other, held, range);
  ended.end();
  await expect(first).rejects.toMatchObject({ code: 'cancelled' });
  open();
  expect(await second).toEqual(bytesOf(range));
  expect(held.asked).toHaveLength(2);
});

it('a state of a file that has failed is not kept', async () => {
  const shared = new Shared();
  const held = new HeldFile();
  const reader = new Reader(shared);
  const broken = vi.spyOn(held.file, 'read').mockRejectedValue(new Error('broken'));
  await expect(readOf(reader, held, { offset: 0, bytes: 8 })).rejects.toThrow('broken');
  broken.mockRestore();
  expect(await readOf(reader, held, { offset: 0, bytes: 8 })).toEqual(bytesOf({ offset: 0, bytes: 8 }));
});
