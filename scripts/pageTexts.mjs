/* global document, getComputedStyle, Node, NodeFilter, innerWidth -- inside the page */
// What a reader cannot read of a page in the made-up translation. Both functions are handed to the page as they are.

/** Texts that are cut off: by the window, or by a box that neither scrolls nor shows the rest in a tooltip. */
export function cutOffTexts() {
  const SLACK = 1.5;
  const found = new Set();
  const scrolls = ({ overflowX, overflowY }) =>
    /auto|scroll/.test(overflowX) || /auto|scroll/.test(overflowY);
  const parentOf = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode().host ?? null;
  const hidden = (element) => {
    if (!element.checkVisibility() || (element.closest('details:not([open])') && !element.closest('summary')))
      return true;
    for (let at = element; at; at = parentOf(at)) {
      const { clip, clipPath, opacity, visibility } = getComputedStyle(at);
      if (visibility !== 'visible') return true;
      if (clip !== 'auto' || clipPath.startsWith('inset') || opacity === '0') return true;
    }
    return false;
  };
  const check = (text, box, element) => {
    // A button that opens the rest shows its first words.
    if (element.closest('[aria-expanded]') && getComputedStyle(element).textOverflow === 'ellipsis') return;
    if (box.width === 0 || box.height === 0 || hidden(element)) return;
    for (let at = element, nearest = true; at && at !== document.body; at = parentOf(at)) {
      const style = getComputedStyle(at);
      if (scrolls(style)) return;
      if (style.display === 'inline' || style.display === 'contents') continue;
      const frame = at.getBoundingClientRect();
      const [right, bottom] = [box.right - frame.right > SLACK, box.bottom - frame.bottom > SLACK];
      const clips = /hidden|clip/.test(style.overflowX + style.overflowY);
      // Content that overflows its own box covers its neighbor.
      if (((nearest || clips) && right) || (clips && bottom)) {
        // What it clips is in its tooltip, and reaches no box around it.
        if (clips && right && at.closest('[title]')) return;
        if (!at.closest('[title]'))
          found.add(`${text.slice(0, 60)} (out of ${at.tagName.toLowerCase()}.${at.className})`);
      }
      nearest = false;
    }
    if (box.right - innerWidth > SLACK || box.left < -SLACK)
      found.add(`${text.slice(0, 60)} (out of the window)`);
  };
  const visit = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.shadowRoot) visit(node.shadowRoot);
      if (node.nodeType !== Node.TEXT_NODE || node.data.trim() === '' || !node.parentElement) continue;
      if (/^(STYLE|SCRIPT|OPTION)$/.test(node.parentElement.tagName)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) check(node.data.trim(), box, node.parentElement);
    }
  };
  visit(document.body);
  return [...found];
}

/** Visible or spoken texts in which no letter has an accent: they were not translated, unless they are names. */
export function plainTexts() {
  const found = new Set();
  const note = (text) => {
    if (text && /\p{L}{3,}/u.test(text) && !text.includes('⟦')) found.add(text.trim());
  };
  const visit = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) visit(element.shadowRoot);
      if (/^(STYLE|SCRIPT)$/.test(element.tagName)) continue;
      for (const name of [
        'title',
        'aria-label',
        'placeholder',
        'alt',
        'aria-roledescription',
        'aria-valuetext',
      ])
        note(element.getAttribute(name));
      for (const child of element.childNodes) if (child.nodeType === Node.TEXT_NODE) note(child.data);
    }
  };
  visit(document);
  return [...found];
}
