/** Errors are English data, and are translated where readers see them. */
import { describe, expect, it } from 'vitest';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { FaultTranslator } from '../../../src/protocol/recognized';
import { english, type Translate } from '../../../src/protocol/translate';

const GERMAN: Record<string, string> = {
  'there is no such file': 'die Datei gibt es nicht',
  'Check the path': 'Prüfe den Pfad',
  'tensor {0} has {1} bytes': '{1} Bytes hat Tensor {0}',
  'tensor {0} has {1} bytes; {2} are expected': 'Tensor {0} hat {1} Bytes statt {2}',
  '{0} cannot be used: {1}': '{0} ist nicht brauchbar: {1}',
  'and {0} more': 'und {0} weitere',
  '{0}: {1}': '{0} – {1}',
  '{1} before {0}': '{0} nach {1}',
  bias: 'Verschiebung',
};
const t: Translate = (message, ...values) => english(GERMAN[message]!, ...values);
const translator = new FaultTranslator(Object.keys(GERMAN), t);

describe('the text of an error', () => {
  it.each([
    ['there is no such file', 'die Datei gibt es nicht'],
    ['tensor a has 3 bytes', '3 Bytes hat Tensor a'],
    // The longer message says more.
    ['tensor a has 3 bytes; 4 are expected', 'Tensor a hat 3 Bytes statt 4'],
    // A cause within another, and a piece behind a comma.
    ['/a b cannot be used: there is no such file', '/a b ist nicht brauchbar: die Datei gibt es nicht'],
    [', and 3 more', ', und 3 weitere'],
    // A cause that begins with a place, alone and within another.
    ['/a b: there is no such file', '/a b: die Datei gibt es nicht'],
    ['/a: b c: there is no such file', '/a: b c: die Datei gibt es nicht'],
    ['x cannot be used: /a b: there is no such file', 'x ist nicht brauchbar: /a b: die Datei gibt es nicht'],
    ['tensor a has 3 bytes: x: there is no such file', '3 Bytes hat Tensor a: x: die Datei gibt es nicht'],
    // A value may be empty, and may hold the words around it.
    ['tensor  has 3 bytes', '3 Bytes hat Tensor '],
    ['tensor x has y has 3 bytes', 'y has 3 Bytes hat Tensor x'],
  ])('%s is recognized', (text, expected) => {
    expect(translator.text(text)).toBe(expected);
  });

  it.each(['there is no such planet', 'tensor', 'ensor a has 3 bytes', 'a: b', '3 before 4', ''])(
    '%s stays as it is',
    (text) => {
      expect(translator.text(text)).toBe(text);
    },
  );

  it.each([
    '/data/tensor a has 3 bytes',
    '/data: there is no such planet',
    'https://host/tensor a has 3 bytes',
    'C:\\tensor a has 3 bytes',
  ])('keeps the location %s, whatever words are in it', (location) => {
    expect(translator.text(`${location} cannot be used: there is no such file`)).toBe(
      `${location} ist nicht brauchbar: die Datei gibt es nicht`,
    );
    const data = { code: 'missing', subject: location, cause: '', nextStep: '' } as const;
    expect(translator.error(data)).toEqual(data);
  });

  it('keeps names that are words', () => {
    expect(translator.text('tensor bias has 3 bytes')).toBe('3 Bytes hat Tensor bias');
  });

  it('is matched in time proportional to its length, and no deeper than errors are nested', () => {
    const hostile = 'tensor has '.repeat(100_000);
    expect(translator.text(hostile)).toBe(hostile);
    const nested = 'x cannot be used: '.repeat(200_000);
    expect(translator.text(nested).startsWith('x ist nicht brauchbar: ')).toBe(true);
  });

  it('stays English without a translation', () => {
    expect(new FaultTranslator([], t).text('there is no such file')).toBe('there is no such file');
  });
});

describe('an error', () => {
  const error = new NeuroMfaError('missing', '/a/b', 'there is no such file', 'Check the path');

  it('is translated part by part, with its path as it is', () => {
    expect(translator.error(error.data)).toEqual({
      code: 'missing',
      subject: '/a/b',
      cause: 'die Datei gibt es nicht',
      nextStep: 'Prüfe den Pfad',
    });
    expect(translator.thrown(error)).toBe('/a/b: die Datei gibt es nicht. Prüfe den Pfad.');
  });

  it('of another kind keeps its message', () => {
    expect(translator.thrown(new Error('there'))).toBe('there');
    expect(translator.thrown('there')).toBe('there');
  });
});
