// The messages of the editor and its panels, for translators: docs/translating.md.
//   npm run l10n                      writes l10n/bundle.l10n.json
//   npm run l10n -- --pseudo FOLDER   writes a made-up translation, with accents and a third longer, into an unpacked extension
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { faultTexts } from './faultTexts.mjs';

const ROOT = join(import.meta.dirname, '..');
const BUNDLE = join(ROOT, 'l10n/bundle.l10n.json');
/** The functions that do the translating accept any message. */
const TRANSLATORS = [
  'src/extension/ui/words.ts',
  'webview/l10n.ts',
  'src/protocol/translate.ts',
  'src/protocol/recognized.ts',
];

/** The sources of the editor, its panels, and the texts that they share with the command line, by name. */
export function sources() {
  return ['src/extension', 'src/protocol', 'webview'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
      .filter((name) => !TRANSLATORS.includes(name))
      .sort(),
  );
}

/** @param {string} name */
export function parse(name, text = readFileSync(join(ROOT, name), 'utf8')) {
  return ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
}

/** Whether a node is a call of `name(…)` or `….name(…)`. */
export function isCallOf(node, name) {
  if (!ts.isCallExpression(node)) return false;
  const { expression } = node;
  const called = ts.isPropertyAccessExpression(expression) ? expression.name : expression;
  return ts.isIdentifier(called) && called.text === name;
}

/** "file.ts:12" */
export function placeOf(node) {
  const source = node.getSourceFile();
  return `${source.fileName}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}

/**
 * The messages that a source passes to `t`, or lists in a table of `messages`. The compiler's tree identifies calls;
 * text in comments is none.
 * @throws Error that names the position of a message that is no literal: nobody could find it to translate it.
 */
export function messagesOf(source) {
  const found = [];
  const tables = new Set();
  const visit = (node) => {
    if (isCallOf(node, 'messages')) {
      if (ts.isVariableDeclaration(node.parent)) tables.add(node.parent.name.getText());
      for (const property of node.arguments[0]?.properties ?? [])
        found.push(literal(property.initializer ?? property));
    } else if (isCallOf(node, 't')) {
      const [message] = node.arguments;
      const listed =
        message && ts.isElementAccessExpression(message) && tables.has(message.expression.getText());
      if (!listed) found.push(literal(message ?? node));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function literal(node) {
  if (ts.isStringLiteralLike(node)) return node.text;
  throw new Error(`${placeOf(node)}: a message has to be one literal, so that it can be translated`);
}

/** All messages, those of errors among them, sorted, in the form of `vscode.l10n`: each is its own key. */
export function bundle(faults = faultTexts().texts) {
  const all = new Set([...sources().flatMap((name) => messagesOf(parse(name))), ...faults]);
  return Object.fromEntries([...all].sort().map((message) => [message, message]));
}

const PLAIN = 'aceghijklnorstuwyzACEGHIJKLNORSTUWYZ';
const ACCENTED = 'áçéğĥíĵķĺñóŕšťúŵýžÁÇÉĞĤÍĴĶĹÑÓŔŠŤÚŴÝŽ';
/** Parts that are not for readers: placeholders, commands, code and the addresses of links. */
const FIXED = /(\{\d+\}|`[^`]*`|\]\([^)]*\)|\n)/;

/** An imitation of a translation: every letter that can has an accent, and the text is 40 % longer, in brackets. */
export function pseudo(text) {
  const parts = text.split(FIXED);
  let missing = Math.ceil(0.4 * parts.reduce((sum, part, i) => sum + (i % 2 === 0 ? part.length : 0), 0));
  const longer = parts.map((part, i) => {
    if (i % 2 === 1) return part;
    return [...part]
      .map((letter) => {
        const accented = ACCENTED[PLAIN.indexOf(letter)] ?? letter;
        if (missing === 0 || !/[aeiouy]/i.test(letter)) return accented;
        missing--;
        return accented + accented.toLowerCase();
      })
      .join('');
  });
  return `⟦${longer.join('')}${missing > 0 ? 'ó'.repeat(missing) : ''}⟧`;
}

/** A file of messages in the made-up language `qps-ploc`. */
export const pseudoBundle = (messages) =>
  Object.fromEntries(Object.entries(messages).map(([key, text]) => [key, pseudo(text)]));

const json = (value) => `${JSON.stringify(value, null, 2)}\n`;

/** @param {string} extension the folder of an unpacked extension */
export function writePseudo(extension) {
  mkdirSync(join(extension, 'l10n'), { recursive: true });
  writeFileSync(join(extension, 'l10n/bundle.l10n.qps-ploc.json'), json(pseudoBundle(bundle())));
  const words = JSON.parse(readFileSync(join(ROOT, 'package.nls.json'), 'utf8'));
  writeFileSync(join(extension, 'package.nls.qps-ploc.json'), json(pseudoBundle(words)));
}

if (process.argv[1] === import.meta.filename) {
  const at = process.argv.indexOf('--pseudo');
  if (at > 0) writePseudo(process.argv[at + 1]);
  else {
    mkdirSync(join(ROOT, 'l10n'), { recursive: true });
    writeFileSync(BUNDLE, json(bundle()));
  }
}
