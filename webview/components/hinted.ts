/** The tooltip of an element that is drawn by a template: `<label ${hinted(text, topic)}>`. */
import { noChange } from 'lit';
import { directive, Directive, type ElementPart, type PartInfo } from 'lit/directive.js';
import { hint } from './hint';

class Hinted extends Directive {
  /** As long as it has no tooltip. */
  #plain: HTMLElement | null;

  constructor(part: PartInfo) {
    super(part);
    this.#plain = (part as ElementPart).element as HTMLElement;
  }

  render(text: string, topic: string): unknown {
    const element = this.#plain;
    if (element) hint(element, text, topic, element.querySelector('input') ?? element);
    this.#plain = null;
    return noChange;
  }
}

/** As {@link hint}, once for each element: its text cannot change. A box in the element is what the text describes. */
export const hinted = directive(Hinted);
