/** What pages remember of how they are looked at: given back as it was left, whatever the editor threw away meanwhile. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { compareMemory } from '../../../webview/compare/memory';
import { inspectMemory } from '../../../webview/inspect/memory';
import { runsMemory } from '../../../webview/runs/memory';
import type { StateSlot } from '../../../webview/shell/viewMemory';
import { panelMemory } from '../../../webview/spectrum/memory';

vi.mock('@vscode-elements/elements/dist/vscode-button/index.js', () => ({}));
vi.mock('@vscode-elements/elements/dist/vscode-progress-bar/index.js', () => ({}));

/** Where the editor keeps a page's state; it hands out copies. */
function slot(): StateSlot & { state: unknown } {
  const kept: StateSlot & { state: unknown } = {
    state: undefined,
    getState: () => structuredClone(kept.state),
    setState: (state) => {
      kept.state = structuredClone(state);
    },
  };
  return kept;
}

/** What has happened on the page that there is instead of one. */
let listeners: Map<string, (event: { target: unknown }) => void>;

class Box {
  scrollTop = 0;
  scrollLeft = 0;
  constructor(readonly id: string) {}
  getAttribute(): string {
    return this.id;
  }
  focus(): void {
    page.activeElement = this;
    listeners.get('focusin')!({ target: this });
  }
}
class Section extends Box {
  open = false;
  readonly dataset = { testid: this.id };
}

let boxes: Box[];
/** What has the focus, and whether the page has it rather than something else in the window. */
let page: { activeElement: unknown; hasFocus: boolean };
const BODY = {};

beforeEach(() => {
  listeners = new Map();
  boxes = [];
  page = { activeElement: BODY, hasFocus: true };
  const scrollingElement = new Box('');
  vi.stubGlobal('Element', Box);
  vi.stubGlobal('HTMLDetailsElement', Section);
  vi.stubGlobal('CSS', { escape: (text: string) => text });
  vi.stubGlobal('requestAnimationFrame', (done: () => void) => {
    done();
  });
  vi.stubGlobal('window', {
    addEventListener: (type: string, listener: (event: { target: unknown }) => void) =>
      listeners.set(`window ${type}`, listener),
  });
  vi.stubGlobal('document', {
    scrollingElement,
    addEventListener: (type: string, listener: (event: { target: unknown }) => void) =>
      listeners.set(type, listener),
    querySelectorAll: (selector: string) =>
      boxes.filter((box) =>
        selector.startsWith('details') ? box instanceof Section : selector.includes(`"${box.id}"`),
      ),
    body: BODY,
    get activeElement() {
      return page.activeElement;
    },
    hasFocus: () => page.hasFocus,
    querySelector: (selector: string) => boxes.find(({ id }) => selector.includes(`"${id}"`)) ?? null,
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe('what is chosen', () => {
  it('is remembered by the Spectrum panel: tab, sample, orders, layers, table, details, ground', () => {
    const kept = slot();
    const chosen = {
      tab: 'fit',
      fitPath: '/a',
      fitSeed: 3,
      orders: 2,
      table: 'curve',
      detailsOf: '/b',
      ground: 'dark',
      layers: { measure: 'alpha0', path: '/a' },
    } as const;
    panelMemory(kept).choose(chosen);
    expect(panelMemory(kept).choices).toEqual(chosen);
  });

  it('is remembered by Trends and Emergence, whose tabs are apart', () => {
    const kept = slot();
    const chosen = {
      axis: 'log',
      shownRun: '/r',
      spectrumAt: 4,
      sizeStep: 1000,
      table: 'spectra',
      metric: 'loss',
      beside: 'loss',
      smooth: true,
      order: { column: 'width', descending: true },
      ticked: ['/r/step4'] as string[],
      ground: 'dark',
      tabs: { trends: 'spectra', emergence: 'size' },
    } as const;
    runsMemory(kept).choose(chosen);
    expect(runsMemory(kept).choices).toEqual(chosen);
  });

  it('is remembered by the inspect view: search, part, order, place and selection', () => {
    const kept = slot();
    const chosen = {
      query: 'mlp',
      part: 'left-out',
      column: 'bytes',
      descending: true,
      scrollTop: 480,
      facts: { column: 'sd', descending: true },
      selected: { tensor: 7, name: 'h.0.mlp.weight' },
    } as const;
    inspectMemory(kept).choose(chosen);
    expect(inspectMemory(kept).choices).toEqual(chosen);
  });

  it('is remembered by a comparison', () => {
    const kept = slot();
    compareMemory(kept).choose({ tab: 'layers', figure: 'width', ground: 'dark' });
    expect(compareMemory(kept).choices).toMatchObject({ tab: 'layers', figure: 'width', ground: 'dark' });
  });

  it('stands beside what the editor opens the page with', () => {
    const kept = slot();
    const memory = runsMemory(kept);
    memory.choose({ axis: 'log' });
    memory.shows({ version: 1, runs: ['/r'] });
    memory.choose({ smooth: true });
    expect(kept.state).toMatchObject({ version: 1, runs: ['/r'], choices: { axis: 'log', smooth: true } });
  });

  it('is forgotten where another version has kept what this one does not know', () => {
    const kept = slot();
    const fresh = runsMemory(slot()).choices;
    kept.state = { choices: { axis: 'furlongs' }, looks: { zoom: 1 } };
    const memory = runsMemory(kept);
    expect(memory.choices).toEqual(fresh);
    expect(memory.zoomOf('alpha0')).toBeNull();
  });
});

describe('how a page is looked at', () => {
  it('comes back: zoom, scroll positions, open sections', () => {
    const kept = slot();
    const memory = panelMemory(kept);
    const zoom = { x: { min: 1, max: 2 } };
    memory.zoomed('fit', zoom);
    const [table, explanation] = [new Box('table'), new Section('explanation')];
    table.scrollTop = 120;
    table.scrollLeft = 60;
    listeners.get('scroll')!({ target: table });
    document.scrollingElement!.scrollTop = 280;
    listeners.get('scroll')!({ target: document });
    explanation.open = true;
    listeners.get('toggle')!({ target: explanation });

    // The page is made anew.
    document.scrollingElement!.scrollTop = 0;
    const [sameTable, sameSection] = [new Box('table'), new Section('explanation')];
    boxes = [sameTable, sameSection];
    const again = panelMemory(kept);
    again.restore();
    expect(again.zoomOf('fit')).toEqual(zoom);
    expect([sameTable.scrollTop, sameTable.scrollLeft]).toEqual([120, 60]);
    expect(sameSection.open).toBe(true);
    expect(document.scrollingElement!.scrollTop).toBe(280);
  });

  describe('has its focus where it was', () => {
    /** The page is made anew, with these controls; nothing has the focus. */
    const anew = (kept: StateSlot, ...ids: string[]): ReturnType<typeof panelMemory> => {
      boxes = ids.map((id) => new Box(id));
      page.activeElement = BODY;
      return panelMemory(kept);
    };

    it('when it is drawn anew, and when it is made anew', () => {
      const kept = slot();
      const memory = anew(kept, 'axis', 'table');
      boxes[1]!.focus();
      boxes = ['axis', 'table'].map((id) => new Box(id));
      page.activeElement = BODY;
      memory.restore();
      expect(page.activeElement).toBe(boxes[1]);
      anew(kept, 'axis', 'table').restore();
      expect(page.activeElement).toBe(boxes[1]);
    });

    it('once the page has the focus, and never by taking it from elsewhere', () => {
      const kept = slot();
      anew(kept, 'axis');
      boxes[0]!.focus();
      page.hasFocus = false;
      anew(kept, 'axis').restore();
      expect(page.activeElement).toBe(BODY);
      page.hasFocus = true;
      listeners.get('window focus')!({ target: null });
      expect(page.activeElement).toBe(boxes[0]);
    });

    it('among its like as long as there are as many of them', () => {
      const kept = slot();
      anew(kept, 'open', 'open');
      boxes[1]!.focus();
      anew(kept, 'open', 'open').restore();
      expect(page.activeElement).toBe(boxes[1]);
      anew(kept, 'open', 'open', 'open').restore();
      expect(page.activeElement).toBe(BODY);
    });

    it('until the reader goes on without it', () => {
      const kept = slot();
      anew(kept, 'axis');
      boxes[0]!.focus();
      const memory = anew(kept);
      memory.restore();
      listeners.get('keydown')!({ target: null });
      boxes = [new Box('axis')];
      memory.restore();
      expect(page.activeElement).toBe(BODY);
      boxes[0]!.focus();
      page.activeElement = BODY;
      listeners.get('click')!({ target: null });
      anew(kept, 'axis').restore();
      expect(page.activeElement).toBe(BODY);
    });
  });

  it('is whole again where a zoom is taken back, and a section is closed', () => {
    const kept = slot();
    const memory = panelMemory(kept);
    memory.zoomed('fit', { x: { min: 1, max: 2 } });
    memory.zoomed('fit', null);
    memory.open('explanation', true);
    memory.open('explanation', false);
    expect(panelMemory(kept).zoomOf('fit')).toBeNull();
    expect(panelMemory(kept).isOpen('explanation')).toBe(false);
  });
});
