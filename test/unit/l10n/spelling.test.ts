/** US English wherever readers look, and one name for each command. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const markdown = (folder: string): string[] =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
const DOCUMENTS = [
  ...[
    'README.md',
    'CHANGELOG.md',
    'CONTRIBUTING.md',
    'ARCHITECTURE.md',
    'samples/README.md',
    'bench/README.md',
  ],
  ...markdown('docs'),
  ...markdown('docs/decisions'),
  ...markdown('media/guide'),
];
/** Code is as it is. */
const proseOf = (text: string): string => text.replace(/```[^]*?```|`[^`\n]*`|\]\([^)]*\)/g, ' ');

const BRITISH =
  /\b(analys(e[dr]?|ing)|\w*(initialis|normalis|regularis|optimis|organis|quantis|recognis|generalis|serialis|summaris|visualis|synchronis|neutralis)(e[drs]?|ers?|ing|ation)|\w*(colour|neighbour|behaviour|favour|honour)\w*|centre[ds]?|grey\w*|licences?|labell(ed|ing)|modell(ed|ing)|cancell(ed|ing)|catalogue|artefact\w*)\b/gi;

const british = (text: string): string[] => proseOf(text).match(BRITISH) ?? [];

describe('spelling', () => {
  it('is told apart', () => {
    expect(british('Analyse the colour; it is initialised and neighbouring, in the centre')).toHaveLength(5);
    expect(british('All analyses of the color `colour` are initialized')).toEqual([]);
  });

  it('is that of US English in the editor and its panels', () => {
    const words = JSON.parse(read('package.nls.json')) as Record<string, string>;
    const messages = JSON.parse(read('l10n/bundle.l10n.json')) as Record<string, string>;
    for (const text of [...Object.values(words), ...Object.keys(messages)])
      expect(british(text), text).toEqual([]);
  });

  it.each(DOCUMENTS)('is that of US English in %s', (name) => {
    expect(british(read(name))).toEqual([]);
  });
});

describe('commands', () => {
  const { contributes } = JSON.parse(read('package.json')) as {
    contributes: {
      commands: { command: string; title: string }[];
      menus: { commandPalette: { command: string; when: string }[] };
    };
  };
  const words = JSON.parse(read('package.nls.json')) as Record<string, string>;
  const titles = contributes.commands.map(({ title }) => words[title.slice(1, -1)] ?? title);
  /** The first column of the table of commands. */
  const [table] = /(\| command[^]*?)\n\n/i.exec(read('docs/extension.md')) ?? [''];
  const named = [...table.matchAll(/^\| ([^|]+?) +\|/gm)]
    .slice(2)
    .flatMap(([, names]) => names!.split(/, /))
    .filter((name) => name !== '');

  it('have the names in the documents that they have in the editor', () => {
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !titles.includes(name.replace(/[_`]/g, '')))).toEqual([]);
  });

  it('of the palette are all in the documents', () => {
    const hidden = contributes.menus.commandPalette.filter(({ when }) => when === 'false');
    const inPalette = contributes.commands.filter(
      ({ command }) => !hidden.some((entry) => entry.command === command),
    );
    const missing = inPalette
      .map(({ title }) => words[title.slice(1, -1)] ?? title)
      .filter((title) => !named.some((name) => name.replace(/[_`]/g, '') === title));
    expect(missing).toEqual([]);
  });
});
