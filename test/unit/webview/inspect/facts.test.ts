import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { metadata } from '../../../../webview/inspect/facts';

/** As much of a document as elements are made with. */
class Element {
  readonly children: unknown[] = [];
  constructor(readonly tag: string) {}
  setAttribute(): void {
    // Nobody asks for them.
  }
  append(child: unknown): void {
    this.children.push(child);
  }
}
beforeEach(() => {
  vi.stubGlobal('document', { createElement: (tag: string) => new Element(tag) });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const count = (element: unknown, tag: string): number =>
  element instanceof Element
    ? element.children.reduce<number>((sum, child) => sum + count(child, tag), Number(element.tag === tag))
    : 0;

it('metadata of any number of entries is drawn', () => {
  const entries = Array.from({ length: 300_000 }, (_, i): [string, string] => [`key ${i}`, 'value']);
  const drawn = metadata({ metadata: entries, metadataLeftOut: 0 });
  expect(count(drawn, 'dt')).toBe(300_000);
  expect(count(drawn, 'p')).toBe(0);
  expect(count(metadata({ metadata: entries.slice(0, 2), metadataLeftOut: 5 }), 'p')).toBe(1);
});
