/** The state of the panel, derived from what the extension host sent. */
import { errorData } from '../../src/protocol/errors';
import type { AnalysisResult, Mode, Subset } from '../../src/protocol/analysis';
import type { SettingsModel } from '../../src/protocol/chosenSettings';
import { unpackArrays } from '../../src/protocol/packing';
import type { SpectrumItem, SpectrumModel } from '../../src/protocol/panel';
import { analyzed, type Analyzed } from '../data/analyzed';

/** The panel as a whole, for its `data-state`. */
export type PanelState = 'none' | 'running' | 'partial' | 'done' | 'failed' | 'cancelled' | 'empty';

export class Model {
  #items: SpectrumItem[] = [];
  #asked: Subset | null = null;
  #askedMode: Mode = 'sampled';
  #settings: SettingsModel = null;
  #nulls = false;
  /** Results are decoded once; an item that changes has a new state object. */
  readonly #decoded = new WeakMap<AnalysisResult, Analyzed>();

  get items(): readonly SpectrumItem[] {
    return this.#items;
  }

  /** The requested part of the network; null for the whole. */
  get asked(): Subset | null {
    return this.#asked;
  }

  /** The current settings. */
  get settings(): SettingsModel {
    return this.#settings;
  }

  /** Whether null models are drawn beside what is shown. */
  get nulls(): boolean {
    return this.#nulls;
  }

  /** The requested mode: sampled or full. */
  get askedMode(): Mode {
    return this.#askedMode;
  }

  /** The results that were made with other than the current settings. */
  get stale(): SpectrumItem[] {
    return this.#items.filter(({ state }) => state.kind === 'done' && state.stale);
  }

  show({ items, asked, askedMode, settings, nulls = false }: SpectrumModel): void {
    this.#settings = settings;
    this.#nulls = nulls;
    this.#asked = asked;
    this.#askedMode = askedMode;
    this.#items = items.map((item) => this.#accept(item));
    for (const { path, name, former } of items) if (former) this.#decode(path, name, former);
  }

  /** Replaces one item. @returns whether more than its progress has changed. */
  update(item: SpectrumItem): boolean {
    const index = this.#items.findIndex(({ path }) => path === item.path);
    const before = this.#items[index];
    if (!before) {
      this.#items.push(this.#accept(item));
      return true;
    }
    const known = before.state.kind === 'done' ? before.state : before.former;
    const former = known ?? item.former;
    if (!known && former) this.#decode(item.path, item.name, former);
    this.#items[index] = this.#accept(item.state.kind === 'done' || !former ? item : { ...item, former });
    const progressed = before.state.kind === 'running' && item.state.kind === 'running';
    return !progressed || known !== former;
  }

  /** The items with a spectrum; as long as there is none, those that had one before. */
  get drawable(): Analyzed[] {
    const now = this.#now;
    return now.length > 0 ? now : this.#drawn(this.#items.map(({ former }) => former));
  }

  /** Whether what is drawn was made with other than the current choices. */
  get outdated(): boolean {
    return this.#now.length === 0 && this.drawable.length > 0;
  }

  get #now(): Analyzed[] {
    return this.#drawn(this.#items.map(({ state }) => (state.kind === 'done' ? state : undefined)));
  }

  #drawn(results: readonly ({ result: AnalysisResult } | undefined)[]): Analyzed[] {
    return results.flatMap((each) => {
      const item = each && this.#decoded.get(each.result);
      return item && item.samples.length > 0 ? [item] : [];
    });
  }

  get state(): PanelState {
    const kinds = new Set(this.#items.map(({ state }) => state.kind));
    const busy = kinds.has('running') || kinds.has('waiting');
    if (this.#now.length > 0) return busy ? 'partial' : 'done';
    if (busy) return 'running';
    if (kinds.has('failed')) return 'failed';
    if (kinds.has('done')) return 'empty';
    return kinds.has('cancelled') ? 'cancelled' : 'none';
  }

  #accept(item: SpectrumItem): SpectrumItem {
    if (item.state.kind !== 'done') return item;
    try {
      this.#decode(item.path, item.name, item.state);
      return item;
    } catch (error) {
      return { ...item, state: { kind: 'failed', error: errorData(error, item.path) } };
    }
  }

  #decode(
    path: string,
    name: string,
    { result, packed }: { result: AnalysisResult; packed: Uint8Array },
  ): void {
    if (!this.#decoded.has(result))
      this.#decoded.set(result, analyzed(path, name, result, unpackArrays(packed)));
  }
}
