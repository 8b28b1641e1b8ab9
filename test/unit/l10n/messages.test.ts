/** Everything that a reader sees can be translated without a programmer. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import {
  bundle,
  isCallOf,
  messagesOf,
  parse,
  placeOf,
  pseudo,
  pseudoBundle,
  sources,
} from '../../../scripts/l10n.mjs';

const ROOT = join(import.meta.dirname, '../../..');
const all = bundle();
const placesIn = (message: string): string[] => (message.match(/\{\d+\}/g) ?? []).sort();
const messagesIn = (text: string): string[] => messagesOf(parse('a.ts', text));

describe('the exported messages', () => {
  it('are those of the sources: run `npm run l10n`', () => {
    const file = readFileSync(join(ROOT, 'l10n/bundle.l10n.json'), 'utf8');
    expect(JSON.parse(file)).toEqual(all);
    expect(Object.keys(all).length).toBeGreaterThan(900);
  });

  it('number their values from 0, without a gap', () => {
    for (const message of Object.keys(all)) {
      const used = [...message.matchAll(/\{(\d+)\}/g)].map(([, index]) => Number(index));
      expect(
        [...new Set(used)].sort((a, b) => a - b),
        message,
      ).toEqual([...new Set(used)].map((_, i) => i));
    }
  });

  it('are no pieces that code puts together with spaces', () => {
    expect(Object.keys(all).filter((message) => /^[\s,;:.]|\s$/.test(message))).toEqual([]);
  });
});

describe('a message', () => {
  it('is found where it is translated, and in tables of messages', () => {
    expect(messagesIn("t('a {0}', t('b'));")).toEqual(['a {0}', 'b']);
    expect(messagesIn('this.words.t(`a`); // t(x)')).toEqual(['a']);
    expect(messagesIn("const W = messages<K>({ x: 'a', y: `b` }); t(W[k]);")).toEqual(['a', 'b']);
  });

  it.each([
    't(words);',
    "t('a' + b);",
    't(`a ${b}`);',
    "t(b ? 'x' : 'y');",
    't(W[k]);',
    't();',
    'const W = messages({ a: b });',
    'const W = messages({ ...b });',
  ])('that is no literal is refused with its place: %s', (text) => {
    expect(() => messagesIn(`\n${text}`)).toThrow('a.ts:2: a message has to be one literal');
  });
});

describe('the made-up translation', () => {
  it('is longer, keeps places, code and links, and differs from every message', () => {
    const text = 'Analyze {0} of {1} in `neuromfa run`.\n[Open](command:neuromfa.open)';
    expect(pseudo(text)).toMatch(
      /^⟦Á.* \{0\} .* \{1\} ĩ?.*`neuromfa run`\.\n\[Ó.*\]\(command:neuromfa\.open\).*⟧$/,
    );
    for (const [message, other] of Object.entries(pseudoBundle(all))) {
      expect(other.length, message).toBeGreaterThan(1.3 * message.length);
      expect(placesIn(other), message).toEqual(placesIn(message));
    }
  });
});

/** Two words in a row, or one that begins a sentence. */
const WORDS = /\p{L}{2,}[,;:]? \p{L}{2,}/u;
const WORD = /\p{L}{2,}/u;
const MARKUP = /<\/?[a-z][^>]*>/;
/** Attributes and properties whose values readers see or hear. */
const SHOWN =
  /^(title|label|alt|placeholder|tooltip|description|detail|message|prompt|button|aria-(label|description|roledescription|valuetext|placeholder))$/;

const textOf = (node: ts.Node): string | undefined => {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('{}');
};

/** What no reader sees: types, modules, errors and the log (both are English everywhere), selectors and classes. */
function isHidden(node: ts.Node): boolean {
  for (let at = node; !ts.isSourceFile(at); at = at.parent) {
    const { parent } = at;
    if (['t', 'messages'].some((name) => isCallOf(parent, name))) return true;
    if (ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent) || ts.isTypeNode(parent))
      return true;
    if (ts.isNewExpression(parent) && /(Error|Failure)$/.test(parent.expression.getText())) return true;
    if (['debug', 'info', 'warn', 'error'].some((name) => isCallOf(parent, name))) return true;
    if (['querySelector', 'querySelectorAll', 'closest', 'matches'].some((name) => isCallOf(parent, name)))
      return true;
    if (ts.isPropertyAssignment(parent)) {
      if (parent.name === at) return true;
      const name = nameOf(parent);
      if (['class', 'aria-keyshortcuts', 'font'].includes(name)) return true;
    }
  }
  return false;
}

const nameOf = ({ name }: ts.PropertyAssignment): string =>
  ts.isStringLiteralLike(name) ? name.text : name.getText();

/** Whether readers see the value of this node as it is. */
function isShown(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isPropertyAssignment(parent)) return parent.name !== node && SHOWN.test(nameOf(parent));
  if (ts.isBinaryExpression(parent)) return /\.(textContent|innerText|title)$/.test(parent.left.getText());
  // The children of an element.
  return isCallOf(parent, 'h') && parent.arguments.indexOf(node as ts.Expression) > 1;
}

/** What readers see of a piece of markup: what is between its tags, and some attributes. */
function seenOf(markup: string): string[] {
  const tags = markup.match(/<[^>]*>/g) ?? [];
  const attributes = tags.flatMap((tag) => [...tag.matchAll(/([\w-]+)\s*=\s*"([^"]*)"/g)]);
  return [
    ...markup.split(/<[^>]*>/),
    ...attributes.flatMap(([, name, value]) => (SHOWN.test(name!) ? [value!] : [])),
  ];
}

/** Whether readers see words of a text. */
const holdsWords = (node: ts.Node, text: string): boolean =>
  MARKUP.test(text)
    ? seenOf(text).some((seen) => WORD.test(seen))
    : (isShown(node) ? WORD : WORDS).test(text);

/** Untranslated words in a source, with their places. */
function untranslated(source: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const text = textOf(node);
    if (text !== undefined && holdsWords(node, text) && !isException(text) && !isHidden(node))
      found.push(`${placeOf(node)} ${JSON.stringify(text)}`);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Words that need no translation, by why. */
const EXCEPTIONS = {
  // Errors, and what they call their subjects: English everywhere, as in the log and on the command line.
  errors: [
    'no adapters',
    'the inspect view',
    'a panel of training runs',
    'the Spectrum panel',
    'the panel of a comparison',
    'the dashboard',
    'the file of results',
    'Choose another file',
    'the untrained network of {} ({})',
    'and analyze again',
    'Give an absolute path, such as ~/neuromfa-results, and reload the window',
    'Copy the link again from the list of training runs',
    'Drop the folder of a run, or a checkpoint of one',
  ],
  // Symbols and the names of people and of the program.
  symbols: ['NeuroMFA: {}', 'ln(r / rₘₐₓ)', 'ln Z(q, r)', 'rₘₐₓ', 'SHA-256', 'Pearson', 'Spearman'],
  code: [
    'button, select, input, summary',
    'number share',
    '(prefers-color-scheme: dark)',
    'Helvetica, Arial, sans-serif',
  ],
};
const isException = (text: string): boolean =>
  Object.values(EXCEPTIONS).some((texts) => texts.includes(text)) || /^(<[!?]|@inproceedings)/.test(text);

describe('words that readers see', () => {
  it.each([
    "h('p', {}, 'Done')",
    "h('p', { title: 'Done' })",
    "h('button', { 'aria-label': `Close ${name}` })",
    "const row = { label: 'Choose' }",
    "node.textContent = 'Done'",
    "const words = 'all is done'",
    'say(`all is ${what}`)',
    'html`<p class="quiet">Done</p>`',
    'html`<p @click=${act}>${all} <b>done</b></p>`',
    'html`<p title="Done">${all}</p>`',
  ])('are found where they are not translated: %s', (text) => {
    expect(untranslated(parse('a.ts', text))).toHaveLength(1);
  });

  it.each([
    "h('p', { class: 'quiet on-screen' }, t('Done'))",
    "throw new NeuroMfaError('usage', path, 'there is no such file', 'Check the path')",
    "log.warn('it is not there')",
    "const x: 'a b c' = y",
    "h('p', {}, '·', `${a} = ${b}`)",
    'html`<p class="quiet on-screen" title=${title} @click=${() => act()}>${t("Done")} · </p>`',
  ])('are not where there are none: %s', (text) => {
    expect(untranslated(parse('a.ts', text))).toEqual([]);
  });

  it('all go through the translation', () => {
    const shown = sources().filter((name) => !name.startsWith('src/protocol/') || name.endsWith('Words.ts'));
    expect(shown.length).toBeGreaterThan(150);
    const found = shown.flatMap((name) => untranslated(parse(name)));
    expect(found).toEqual([]);
  });
});
