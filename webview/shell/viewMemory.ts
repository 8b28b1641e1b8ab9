/**
 * How the reader looks at a page: choices, zoom, scroll positions, open details and the focused control. The editor
 * discards a hidden page; this restores it before the first paint.
 */
import * as v from 'valibot';
import type { ZoomMemory, ZoomRanges } from '../components/chartView';
import type { DrawerMemory } from '../components/drawer';
import { reopenMenu } from '../components/menu';
import { finite } from '../../src/protocol/numbers';
import { FocusMemory, placeSchema } from './focusMemory';

const ranges = v.record(v.string(), v.object({ min: finite, max: finite }));
const viewSchema = v.object({
  /** Zoomed ranges, by figure and axis. */
  zoom: v.record(v.string(), ranges),
  /** Pixels from the top, by the test id of the scrolled element; `page` is the page itself. */
  scroll: v.record(v.string(), finite),
  /** The same from the left, as wide tables have it. */
  across: v.optional(v.record(v.string(), finite), {}),
  /** Sections that the reader has opened, by test id. */
  open: v.array(v.string()),
  /** The control that has the focus, or had it last. */
  focus: v.optional(v.nullable(placeSchema), null),
});
type Looks = v.InferOutput<typeof viewSchema>;
const FRESH: Looks = { zoom: {}, scroll: {}, across: {}, open: [], focus: null };

const PAGE = 'page';

const scrolledPlace = (id: string): Element | null =>
  id === PAGE ? document.scrollingElement : document.querySelector(`[data-testid="${CSS.escape(id)}"]`);

/** Where the editor stores a page's state. */
export interface StateSlot {
  setState: (state: unknown) => void;
  getState: () => unknown;
}

/** One page's state: what it shows (read by the extension host after a reload) and how it is looked at. */
export class ViewMemory<Choices> implements ZoomMemory, DrawerMemory {
  #subjects: Readonly<Record<string, unknown>> = {};
  #choices: Choices;
  #looks: Looks;
  readonly #focus: FocusMemory;
  /** While the program sets positions, the page's scroll events say nothing about the reader. */
  #restoring = false;

  /** @param schema the schema of the page's own choices; a state that does not fit it is discarded. */
  constructor(
    private readonly slot: StateSlot,
    schema: v.GenericSchema<unknown, Choices>,
    initial: Choices,
  ) {
    const state = slot.getState();
    const part = (name: string): unknown =>
      typeof state === 'object' && state !== null ? (state as Record<string, unknown>)[name] : undefined;
    const choices = v.safeParse(schema, part('choices'));
    const looks = v.safeParse(viewSchema, part('looks'));
    this.#choices = choices.success ? choices.output : initial;
    this.#looks = looks.success ? looks.output : FRESH;
    this.#focus = new FocusMemory(this.#looks.focus, (focus) => {
      this.#look({ focus });
    });
    document.addEventListener(
      'scroll',
      (event) => {
        this.#scrolled(event.target);
      },
      { capture: true },
    );
    document.addEventListener(
      'toggle',
      (event) => {
        this.#toggled(event.target);
      },
      { capture: true },
    );
  }

  get choices(): Choices {
    return this.#choices;
  }

  choose(choices: Partial<Choices>): void {
    this.#choices = { ...this.#choices, ...choices };
    this.#write();
  }

  /** @param subjects what the extension host needs to show the same again. */
  shows(subjects: Readonly<Record<string, unknown>>): void {
    this.#subjects = subjects;
    this.#write();
  }

  zoomOf(figure: string): ZoomRanges | null {
    return this.#looks.zoom[figure] ?? null;
  }

  zoomed(figure: string, zoom: ZoomRanges | null): void {
    const { [figure]: _, ...others } = this.#looks.zoom;
    this.#look({ zoom: zoom ? { ...others, [figure]: zoom } : others });
  }

  isOpen(id: string): boolean {
    return this.#looks.open.includes(id);
  }

  open(id: string, open: boolean): void {
    const others = this.#looks.open.filter((each) => each !== id);
    this.#look({ open: open ? [...others, id] : others });
  }

  /** Restores the focus, scroll positions, open sections and the open menu; must be called whenever the page has been drawn. */
  restore(): void {
    this.#restoring = true;
    for (const section of document.querySelectorAll<HTMLDetailsElement>('details[data-testid]'))
      section.open = this.isOpen(section.dataset['testid']!);
    for (const [id, top] of Object.entries(this.#looks.scroll)) {
      const place = scrolledPlace(id);
      if (place) place.scrollTop = top;
    }
    for (const [id, left] of Object.entries(this.#looks.across)) {
      const place = scrolledPlace(id);
      if (place) place.scrollLeft = left;
    }
    reopenMenu();
    this.#focus.resume();
    requestAnimationFrame(() => {
      this.#restoring = false;
    });
  }

  #scrolled(target: EventTarget | null): void {
    if (this.#restoring) return;
    const place = target === document ? document.scrollingElement : target;
    if (!(place instanceof Element)) return;
    const id = target === document ? PAGE : place.getAttribute('data-testid');
    if (id === null) return;
    const { scroll, across } = this.#looks;
    this.#look({
      scroll: { ...scroll, [id]: place.scrollTop },
      across: { ...across, [id]: place.scrollLeft },
    });
  }

  #toggled(target: EventTarget | null): void {
    if (this.#restoring || !(target instanceof HTMLDetailsElement)) return;
    const id = target.dataset['testid'];
    if (id !== undefined) this.open(id, target.open);
  }

  #look(looks: Partial<Looks>): void {
    this.#looks = { ...this.#looks, ...looks };
    this.#write();
  }

  #write(): void {
    this.slot.setState({ ...this.#subjects, choices: this.#choices, looks: this.#looks });
  }
}
