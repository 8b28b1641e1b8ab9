/** What the panel shows, worked out of what the extension host sent. */
import { errorData } from '../../src/protocol/errors';
import type { Mode, Subset } from '../../src/protocol/analysis';
import { unpackArrays } from '../../src/protocol/packing';
import type { SpectrumItem, SpectrumModel } from '../../src/protocol/panel';
import { analyzed, type Analyzed } from '../data/analyzed';

/** The panel as a whole, for its `data-state`. */
export type PanelState = 'none' | 'running' | 'partial' | 'done' | 'failed' | 'cancelled' | 'empty';

export class Model {
  #items: SpectrumItem[] = [];
  #asked: Subset | null = null;
  #askedMode: Mode = 'sampled';
  #nulls = false;
  /** Results are decoded once; an item that has moved on brings a new state object. */
  readonly #decoded = new WeakMap<SpectrumItem['state'], Analyzed>();

  get items(): readonly SpectrumItem[] {
    return this.#items;
  }

  /** The part of the network that is asked for; null for the whole. */
  get asked(): Subset | null {
    return this.#asked;
  }

  /** Sampled or full, as is asked for. */
  /** Whether null models are drawn beside what is shown. */
  get nulls(): boolean {
    return this.#nulls;
  }

  get askedMode(): Mode {
    return this.#askedMode;
  }

  /** The results that were made with other settings than those of now. */
  get stale(): SpectrumItem[] {
    return this.#items.filter(({ state }) => state.kind === 'done' && state.stale);
  }

  show({ items, asked, askedMode, nulls = false }: SpectrumModel): void {
    this.#nulls = nulls;
    this.#asked = asked;
    this.#askedMode = askedMode;
    this.#items = items.map((item) => this.#accept(item));
  }

  /** Replaces one item. @returns whether more than its progress has changed. */
  update(item: SpectrumItem): boolean {
    const index = this.#items.findIndex(({ path }) => path === item.path);
    const before = this.#items[index];
    if (!before) {
      this.#items.push(this.#accept(item));
      return true;
    }
    this.#items[index] = this.#accept(item);
    return !(before.state.kind === 'running' && item.state.kind === 'running');
  }

  /** The items that have a spectrum. */
  get drawable(): Analyzed[] {
    return this.#items.flatMap(({ state }) => {
      const item = this.#decoded.get(state);
      return item && item.samples.length > 0 ? [item] : [];
    });
  }

  get state(): PanelState {
    const kinds = new Set(this.#items.map(({ state }) => state.kind));
    const busy = kinds.has('running') || kinds.has('waiting');
    if (this.drawable.length > 0) return busy ? 'partial' : 'done';
    if (busy) return 'running';
    if (kinds.has('failed')) return 'failed';
    if (kinds.has('done')) return 'empty';
    return kinds.has('cancelled') ? 'cancelled' : 'none';
  }

  #accept(item: SpectrumItem): SpectrumItem {
    if (item.state.kind !== 'done') return item;
    try {
      const { result, packed } = item.state;
      this.#decoded.set(item.state, analyzed(item.path, item.name, result, unpackArrays(packed)));
      return item;
    } catch (error) {
      return { ...item, state: { kind: 'failed', error: errorData(error, item.path) } };
    }
  }
}
