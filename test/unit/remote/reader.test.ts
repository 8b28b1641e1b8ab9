/** Readers of one file that share what is read of its header. */
import { describe, expect, it, vi } from 'vitest';
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

it('what is read here and there in turn is asked for once, each piece as long as it will be read', async () => {
  const shared = new Shared();
  const held = new HeldFile();
  const reader = new Reader(shared);
  // Rows at the beginning, and the scale of each eight of them near the end: it is read eight times.
  const rows = Array.from({ length: 64 }, (_, i) => ({ offset: i * 1000, bytes: 100 }));
  const scaleOf = (row: number): ByteRange => ({ offset: 900_000 + 4 * Math.floor(row / 8), bytes: 4 });
  const ranges = [...rows, ...rows.map((_, row) => scaleOf(row))];
  reader.ahead(
    held.file,
    ranges.toSorted((a, b) => a.offset - b.offset),
    { pace: { bandwidth: 1e6, latency: 1, connections: 1 }, header: false },
  );
  for (const [row, range] of rows.entries()) {
    expect(await readOf(reader, held, range)).toEqual(bytesOf(range));
    expect(await readOf(reader, held, scaleOf(row))).toEqual(bytesOf(scaleOf(row)));
  }
  expect(held.asked).toEqual([
    { offset: 0, bytes: 63_100 },
    { offset: 900_000, bytes: 32 },
  ]);
  expect(shared.taken).toBe(0);
  // Once more than was said: no more than that is asked for.
  expect(await readOf(reader, held, rows[3]!)).toEqual(bytesOf(rows[3]!));
  expect(held.asked.at(-1)).toEqual({ offset: 3000, bytes: 65_536 });
  reader.end();
});

describe('what is told to all readers', () => {
  const pace = { bandwidth: 1e6, latency: 1, connections: 1 };
  const tensor = (from: number): ByteRange[] =>
    Array.from({ length: 4 }, (_, i) => ({ offset: from + 1000 * i, bytes: 100 }));

  it('is asked for at once, in the order of reading, and read by whichever comes', async () => {
    const shared = new Shared();
    const held = new HeldFile();
    const [one, two] = [new Reader(shared), new Reader(shared)];
    const [first, second] = [tensor(600_000), tensor(100_000)];
    shared.ahead('analysis', held.file, [...first, ...second], pace);
    const asked = [
      { offset: 600_000, bytes: 3100 },
      { offset: 100_000, bytes: 3100 },
    ];
    expect(held.asked).toEqual(asked);
    // What each of them says of its own part asks for nothing more.
    one.ahead(held.file, first, { pace, header: false });
    two.ahead(held.file, second, { pace, header: false });
    for (const range of first) expect(await readOf(one, held, range)).toEqual(bytesOf(range));
    for (const [i, range] of second.entries())
      expect(await readOf(i % 2 === 0 ? one : two, held, range)).toEqual(bytesOf(range));
    expect(held.asked).toEqual(asked);
    expect(shared.taken).toBe(0);
    for (const reader of [one, two]) reader.end();
  });

  it('ends with what it was told for: whoever waits for it asks itself', async () => {
    const shared = new Shared();
    const held = new HeldFile();
    const reader = new Reader(shared);
    const [range] = tensor(100_000) as [ByteRange];
    const open = held.hold();
    shared.ahead('analysis', held.file, tensor(100_000), pace);
    const waiting = readOf(reader, held, range);
    shared.forget('analysis');
    expect(shared.taken).toBe(0);
    open();
    expect(await waiting).toEqual(bytesOf(range));
    expect(held.asked).toHaveLength(2);
    // What comes late is not asked for.
    shared.ahead('analysis', held.file, tensor(300_000), pace);
    expect(held.asked).toHaveLength(2);
    reader.end();
  });

  it('is not what lies beside it', async () => {
    const shared = new Shared();
    const held = new HeldFile();
    const reader = new Reader(shared);
    shared.ahead('analysis', held.file, tensor(100_000), pace);
    expect(shared.taken).toBe(3100);
    expect(await readOf(reader, held, { offset: 500_000, bytes: 10 })).toEqual(
      bytesOf({ offset: 500_000, bytes: 10 }),
    );
    // Next to it, and not in it.
    expect(await readOf(reader, held, { offset: 103_100, bytes: 10 })).toEqual(
      bytesOf({ offset: 103_100, bytes: 10 }),
    );
    shared.forget('analysis');
    expect(shared.taken).toBe(0);
    reader.end();
  });
});
