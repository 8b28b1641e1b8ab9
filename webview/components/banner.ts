/** One line above the figures: what they show is not of now, and the way to what is. */
import { h } from '../dom';
import { linkButton } from './linkButton';

export interface BannerAction {
  label: string;
  testId: string;
  run: () => void;
}

/** @param action absent where nothing can be done about it. */
export function banner(testId: string, text: string, action?: BannerAction): HTMLElement {
  return h(
    'div',
    { class: 'banner', role: 'status' },
    h('p', { class: 'note warning', 'data-testid': testId }, text),
    // A link, so that the charts below hardly move.
    action ? linkButton(action.label, action.testId, action.run) : null,
  );
}
