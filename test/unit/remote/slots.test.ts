import { expect, it } from 'vitest';
import { Slots } from '../../../src/remote/slots';

/** Work that ends when it is told to. */
function pieces(slots: Slots) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const add = (name: string, signal?: AbortSignal): Promise<string> =>
    slots.run(async () => {
      begun.push(name);
      await new Promise<void>((end) => ends.set(name, end));
      return name;
    }, signal);
  return {
    begun,
    add,
    end: (name: string) => {
      ends.get(name)!();
    },
  };
}
const settled = (): Promise<void> => new Promise((turn) => setImmediate(turn));

it('run as much at a time as is allowed, which may change', async () => {
  const slots = new Slots(1);
  const { begun, add, end } = pieces(slots);
  const all = ['a', 'b', 'c', 'd'].map((name) => add(name));
  await settled();
  expect(begun).toEqual(['a']);
  slots.most = 3;
  await settled();
  expect([slots.most, begun]).toEqual([3, ['a', 'b', 'c']]);
  slots.most = 1;
  for (const name of ['a', 'b']) end(name);
  await settled();
  expect(begun).toEqual(['a', 'b', 'c']);
  end('c');
  await settled();
  end('d');
  expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd']);
});

it('who waits leaves at once when its signal aborts, and takes no slot; who has begun ends by itself', async () => {
  const { begun, add, end } = pieces(new Slots(1));
  const [first, second] = [new AbortController(), new AbortController()];
  const a = add('a', first.signal);
  const b = add('b', second.signal);
  const c = add('c');
  await settled();
  first.abort(new Error('too late'));
  second.abort(new Error('left'));
  await expect(b).rejects.toThrow('left');
  end('a');
  expect(await a).toBe('a');
  await settled();
  expect(begun).toEqual(['a', 'c']);
  end('c');
  expect(await c).toBe('c');
  await expect(add('d', second.signal)).rejects.toThrow('left');
  const failing = new Slots(1).run(() => Promise.reject(new Error('fault')), new AbortController().signal);
  await expect(failing).rejects.toThrow('fault');
});
