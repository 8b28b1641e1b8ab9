/**
 * The texts of errors in the reader's language. An error is English data on every way, so that logs, the command line,
 * stored results and other machines give the same; where a reader sees it, its text is recognized among the messages of
 * the translation (docs/decisions/0023). Messages of errors number their values in order.
 */
import { NeuroMfaError, sentences, type ErrorData } from './errors';
import type { Translate } from './translate';

interface Pattern {
  message: string;
  /** What stands before, between and behind the values. */
  parts: string[];
  /** Number of characters of the parts: a longer pattern says more of a text. */
  weight: number;
}

/** What joins a piece to the words before it. */
const JOINED = /^[\s,;:.]*/;
/** Paths and addresses stay as they are, whatever words they hold. */
const LOCATION = /^(?:[/\\~]|\w+:[/\\])/;
/** Errors are put into others no deeper. */
const DEEPEST = 5;
/** What stands between a location, or a sentence, and the cause that follows it. */
const BEFORE_CAUSE = ': ';
/** So many of these are tried in one text; a longer text is none that was put together so. */
const MAX_TRIED = 8;
const MAX_JOINED = 5000;

/** Translates the texts of errors. */
export class FaultTranslator {
  readonly #exact: ReadonlySet<string>;
  readonly #patterns: readonly Pattern[];

  /** @param messages those of the translation; without any, texts stay English. */
  constructor(
    messages: Iterable<string>,
    private readonly t: Translate,
  ) {
    this.#exact = new Set(messages);
    this.#patterns = [...this.#exact].flatMap(patternOf).sort((a, b) => b.weight - a.weight);
  }

  /** A cause or a next step, with the causes that are put into it. */
  text(text: string, depth = 0): string {
    if (this.#exact.size === 0 || depth > DEEPEST) return text;
    const end = text.trimEnd().length;
    const start = Math.min(end, JOINED.exec(text)![0].length);
    return text.slice(0, start) + this.#inner(text.slice(start, end), depth) + text.slice(end);
  }

  /** The error, as readers see it. */
  error(error: ErrorData): ErrorData {
    const { subject, cause, nextStep } = error;
    return {
      ...error,
      subject: LOCATION.test(subject) ? subject : this.#value(subject),
      cause: this.text(cause),
      nextStep: this.text(nextStep),
    };
  }

  /** The message of anything that was thrown. */
  thrown(error: unknown): string {
    if (error instanceof NeuroMfaError) return sentences(this.error(error.data));
    return error instanceof Error ? error.message : String(error);
  }

  #inner(text: string, depth: number): string {
    return this.#recognized(text, depth) ?? this.#joined(text, depth);
  }

  #recognized(text: string, depth: number): string | undefined {
    if (this.#exact.has(text)) return this.t(text);
    for (const { message, parts } of this.#patterns) {
      const values = valuesIn(text, parts);
      if (values) return this.t(message, ...values.map((value) => this.#value(value, depth + 1)));
    }
    return undefined;
  }

  /** "/models/a: there is no such file", "so much is left out: a.bin: it is damaged": parts, of which some are recognized. */
  #joined(text: string, depth: number): string {
    if (depth > DEEPEST || text.length > MAX_JOINED) return text;
    let at = text.indexOf(BEFORE_CAUSE);
    for (let tried = 0; at >= 0 && tried < MAX_TRIED; tried++) {
      const begin = at + BEFORE_CAUSE.length;
      const [head, tail] = [text.slice(0, at), text.slice(begin)];
      const said = LOCATION.test(head) ? undefined : this.#recognized(head, depth + 1);
      if (said !== undefined) return said + BEFORE_CAUSE + this.#value(tail, depth + 1);
      const cause = this.#recognized(tail, depth + 1);
      if (cause !== undefined) return this.#value(head, depth + 1) + BEFORE_CAUSE + cause;
      at = text.indexOf(BEFORE_CAUSE, begin);
    }
    return text;
  }

  /** What is put into a sentence, or stands before it: a location, a name of one word, or words of ours. */
  #value(value: string, depth = 0): string {
    if (!value.includes(' ')) return value;
    return LOCATION.test(value) ? this.#joined(value, depth) : this.text(value, depth);
  }
}

function patternOf(message: string): Pattern[] {
  const [parts, numbers] = [message.split(/\{\d+\}/), [...message.matchAll(/\{(\d+)\}/g)]];
  const inOrder = numbers.every(([, number], i) => Number(number) === i);
  // "{0}: {1}" would recognize anything.
  if (numbers.length === 0 || !inOrder || !/\p{L}{3,}/u.test(parts.join(' '))) return [];
  return [{ message, parts, weight: parts.join('').length }];
}

/** What stands between the parts, in time proportional to the text; undefined where it does not have them all. */
function valuesIn(text: string, parts: readonly string[]): string[] | undefined {
  const [first, last] = [parts[0]!, parts.at(-1)!];
  const end = text.length - last.length;
  if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return undefined;
  const values: string[] = [];
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const next = text.indexOf(part, at);
    if (next < 0 || next + part.length > end) return undefined;
    values.push(text.slice(at, next));
    at = next + part.length;
  }
  return [...values, text.slice(at, end)];
}
