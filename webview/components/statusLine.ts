/** The line below a page: what has been saved, or what went wrong. */
import { html, type TemplateResult } from 'lit';

export interface Said {
  text: string;
  fault: boolean;
}

export const statusLine = ({ text, fault }: Said): TemplateResult =>
  html`<p
    class="status ${fault ? 'error-text' : ''}"
    role="status"
    data-testid="status"
    .textContent=${text}
  ></p>`;
