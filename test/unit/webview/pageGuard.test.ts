import { beforeEach, describe, expect, it, vi } from 'vitest';
import { inspectHostMethods, inspectPageMethods } from '../../../src/protocol/inspect';
import { Peer, type Channel } from '../../../src/protocol/rpc';
import { PageGuard, type FaultView } from '../../../webview/shell/pageGuard';

/** What stands in place of the page; null where the page itself is seen. */
let fault: string | null;
let guard: PageGuard;
const view: FaultView = {
  show: (text) => {
    fault = text;
  },
  hide: () => {
    fault = null;
  },
};
beforeEach(() => {
  fault = null;
  guard = new PageGuard(view);
});

const broken = (): never => {
  throw new RangeError('Maximum call stack size exceeded');
};

describe('a page', () => {
  it('that cannot be drawn says why, and tells whoever has called', () => {
    expect(() => guard.whole(broken)(null)).toThrow(RangeError);
    expect(fault).toBe('Maximum call stack size exceeded');
    expect(() => guard.part(broken)(null)).toThrow(RangeError);
  });

  it('is itself again once it can be drawn', () => {
    guard.fail('no');
    const draw = vi.fn();
    guard.part(draw)(1);
    expect(fault).toBe('no');
    guard.whole(draw)(2);
    expect(fault).toBeNull();
    expect(draw.mock.calls).toEqual([[1], [2]]);
  });

  it('says what nobody has caught only as long as it is blank', () => {
    guard.uncaught(new Error('no script'));
    expect(fault).toBe('no script');
    guard.whole(vi.fn())(null);
    guard.uncaught(new Error('a hover'));
    expect(fault).toBeNull();
  });

  it('is not covered by messages of strangers, but by its own that were refused', () => {
    guard.whole(vi.fn())(null);
    guard.refused('a message of another shape', undefined);
    expect(fault).toBeNull();
    guard.refused('parameters of another shape', 'show');
    expect(fault).toBe('parameters of another shape');
  });

  it('says it in few words, all of them seen', () => {
    guard.fail(`\u202e${'x'.repeat(1_000_000)}`);
    expect(fault!.length).toBeLessThan(1100);
    expect(fault).toMatch(/^\\u202ex+…x+ \(\d+ characters left out\)$/);
  });
});

describe('a page and its host', () => {
  type Message = (message: unknown) => void;
  function channels(): [Channel, Channel] {
    const heard: [Message?, Message?] = [];
    const end = (own: 0 | 1): Channel => ({
      post: (message) => heard[1 - own]?.(message),
      listen: (receive) => {
        heard[own] = receive;
        return () => undefined;
      },
    });
    return [end(0), end(1)];
  }

  it('do not leave a model that is refused unseen', async () => {
    const [hostEnd, pageEnd] = channels();
    const none = (): null => null;
    const handlers = {
      show: guard.whole(vi.fn()),
      reading: guard.part(vi.fn()),
      facts: guard.part(vi.fn()),
      changed: guard.part(vi.fn()),
    };
    new Peer(pageEnd, inspectPageMethods, handlers, inspectHostMethods, (cause, method) => {
      guard.refused(cause, method);
    });
    const ready = (): never => ({ name: 1 }) as never;
    const host = new Peer(
      hostEnd,
      inspectHostMethods,
      {
        ready,
        remember: none,
        read: none,
        analyze: none,
        chooseWeights: none,
        computeFacts: none,
        cancelFacts: none,
        saveFacts: () => ({ path: null }),
        histogram: none,
        showLog: none,
        report: none,
      },
      inspectPageMethods,
    );
    handlers.show({
      name: 'a',
      state: { kind: 'reading' },
      facts: { kind: 'none' },
      changed: null,
      l10n: {},
    });
    const damaged = {
      name: 'a',
      state: { kind: 'done', inspection: { blocks: NaN } },
      facts: { kind: 'none' },
      changed: null,
      l10n: {},
    };
    await expect(host.call('show', damaged as never)).rejects.toMatchObject({ code: 'internal' });
    expect(fault).toMatch(/^parameters of another shape for "show"/);
    await host.call('show', {
      name: 'a',
      state: { kind: 'reading' },
      facts: { kind: 'none' },
      changed: null,
      l10n: {},
    });
    expect(fault).toBeNull();
  });
});
