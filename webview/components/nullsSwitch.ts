/** Null models, on or off. */
import { html, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { t } from '../l10n';
import { hinted } from './hinted';

/** A switch with its label; the same in every view. */
export function nullsSwitch(on: boolean, change: (on: boolean) => void): TemplateResult {
  const title = t(
    'Also analyzes reshuffled and Gaussian weights, to show where the numbers come from. Takes up to a few times longer.',
  );
  return html`<label class="switch" ${hinted(title, 'beyondWidth')}
    ><input
      type="checkbox"
      data-testid="nulls"
      .checked=${live(on)}
      @change=${({ target }: Event) => {
        change((target as HTMLInputElement).checked);
      }}
    />${t('Null models')}</label
  >`;
}
