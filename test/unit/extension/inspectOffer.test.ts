/** When the inspect view is offered, and what an answer does. */
import { describe, expect, it } from 'vitest';
import { InspectOffer } from '../../../src/extension/services/inspectOffer';

function setUp(answer?: 'open' | 'always', kept = new Map<string, unknown>()) {
  const done: string[] = [];
  const memory = {
    get: (key: string) => kept.get(key),
    update: (key: string, value: unknown) => {
      kept.set(key, value);
      return Promise.resolve();
    },
  };
  const offer = new InspectOffer(memory, {
    ask: (name, pattern) => {
      done.push(`ask ${name} ${pattern}`);
      return Promise.resolve(answer);
    },
    inspect: (path) => Promise.resolve(void done.push(`inspect ${path}`)),
    prefer: (pattern) => Promise.resolve(void done.push(`prefer ${pattern}`)),
  });
  return { offer, done, kept };
}

describe('the offer of the inspect view', () => {
  it('comes once, in whatever window', async () => {
    const { offer, done, kept } = setUp('open');
    await offer.opened('/a/model.safetensors');
    await offer.opened('/b/model.safetensors');
    expect(done).toEqual(['ask model.safetensors *.safetensors', 'inspect /a/model.safetensors']);
    const later = setUp('open', kept);
    await later.offer.opened('/c/last.ckpt');
    expect(later.done).toEqual([]);
  });

  it('is about checkpoints alone, and not about an index, which is text', async () => {
    const { offer, done } = setUp();
    for (const name of ['notes.md', 'optimizer.pt', 'model.safetensors.index.json', 'weights.bin.txt'])
      await offer.opened(`/a/${name}`);
    expect(done).toEqual([]);
    await offer.opened('/a/model.pt');
    expect(done).toEqual(['ask model.pt *.pt']);
  });

  it('changes which editor opens such files where the user says so, and nothing where nobody answers', async () => {
    const always = setUp('always');
    await always.offer.opened('/a/model.pt');
    expect(always.done.slice(1)).toEqual(['prefer *.pt', 'inspect /a/model.pt']);
  });
});
