/** The texts of errors are in the translators' file, and each is recognized where it is shown. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { faultTexts } from '../../../scripts/faultTexts.mjs';
import { bundle, pseudo, sources } from '../../../scripts/l10n.mjs';
import { FaultTranslator } from '../../../src/protocol/recognized';
import { factText } from '../../../src/protocol/factWords';
import { english } from '../../../src/protocol/translate';
import { setWords, t as pageWords } from '../../../webview/l10n';

const ROOT = join(import.meta.dirname, '../../..');
const { texts, unknown } = faultTexts();
const messages = Object.keys(bundle(texts));
const translator = new FaultTranslator(messages, (message, ...values) => english(pseudo(message), ...values));

/** Words of the system or of a library, and those of errors whose own texts are traced. */
const WORDED_ELSEWHERE = [
  'src/core/checkpoint/formats/ggufFile.ts error.message',
  "src/dispatch/slurmCommands.ts [...new Set(lines)].join('; ')",
  'src/dispatch/slurmCommands.ts error.message',
  'src/remote/faults.ts error.message',
];

/** `state.error.cause`, `error.nextStep` and the message of what was thrown, as they arose. */
const UNTRANSLATED = /\b(error|fault)\.(cause|nextStep)\b|\? \w+\.message : String/;

describe('the texts of errors', () => {
  it('are translated in every page', () => {
    // A report is English: nobody sends it a translation.
    const pages = sources().filter((name) => /^webview\/(?!report\/)/.test(name));
    expect(pages.length).toBeGreaterThan(50);
    expect(pages.filter((name) => UNTRANSLATED.test(readFileSync(join(ROOT, name), 'utf8')))).toEqual([]);
  });

  it('are found, whatever way they take to an error', () => {
    expect(texts.length).toBeGreaterThan(900);
    for (const text of [
      // An argument, a parameter, a table, a function's result, a value within a text, the message of another error.
      'there is no such file or folder',
      'tensor {0} is in two shards, {1} and {2}',
      'Ask for the right to read it',
      "Convert it with nanotron's own script: torchrun examples/llama/convert_nanotron_to_hf.py --checkpoint_path {0} --save_path OUT",
      'and {0} more',
      'it does not begin like a GGUF file',
    ])
      expect(texts).toContain(text);
  });

  it('are recognized within facts', () => {
    setWords(Object.fromEntries(messages.map((message) => [message, pseudo(message)])));
    const fact = { code: 'misfit', family: 'gpt2', cause: 'block h.0 has no query, key' } as const;
    const [message, values] = ['block {0} has no {1}', ['h.0', 'query, key']] as const;
    expect(texts).toContain(message);
    expect(factText(fact, pageWords)).toBe(english(pseudo(message), ...values));
    expect(factText(fact, english)).toBe(fact.cause);
    setWords({});
  });

  it('that cannot be traced are those of the system and of libraries', () => {
    expect(unknown.map((place) => place.replace(/:\d+ /, ' '))).toEqual(WORDED_ELSEWHERE);
  });

  it('are recognized with values in them, and none is taken for another', () => {
    const values = (text: string): string[] => (text.match(/\{\d+\}/g) ?? []).map((_, i) => `v${i}`);
    const wrong = texts.filter(
      (text) => translator.text(english(text, ...values(text))) !== english(pseudo(text), ...values(text)),
    );
    expect(wrong).toEqual([]);
  });
});
