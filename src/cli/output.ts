/** The destination of a command's result: standard output, or whatever is named instead. */
import { fstatSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { isCheckpointName } from '../core/checkpoint/formats/names';
import { STANDARD_OUTPUT } from '../core/output/descriptor';
import { checkDestination, findDestination, isSamePlace, type Destination } from '../core/output/destination';
import { writeTo } from '../core/output/writeTo';
import { NeuroMfaError } from '../protocol/errors';
import { shortened } from '../protocol/visible';
import type { CliEnvironment } from './environment';

/** Names standard output. A file of this name is `./-`. */
const DASH = '-';

const standardOutput = (): Destination => ({
  kind: 'descriptor',
  path: 'standard output',
  descriptor: STANDARD_OUTPUT,
  stats: fstatSync(STANDARD_OUTPUT),
});

/**
 * Checks the destination before the work is done rather than after.
 * @param out undefined for standard output.
 * @throws NeuroMfaError `usage`.
 */
export async function checkOut(out: string | undefined, option = '--out'): Promise<Destination> {
  if (out === undefined || out === DASH) return standardOutput();
  let destination: Destination;
  try {
    destination = await checkDestination(out);
  } catch (error) {
    throw error instanceof NeuroMfaError ? aboutOption(option, out, error) : error;
  }
  // An option whose value a shell has dropped takes the next word, a checkpoint, as its value.
  if (destination.kind === 'file' && destination.stats && isCheckpointName(basename(destination.path))) {
    throw new NeuroMfaError('usage', option, `${shortened(out)} is a checkpoint`, 'Name another file');
  }
  return destination;
}

/** @throws NeuroMfaError `usage` where one would overwrite the other. */
export function checkApart(html: Destination, out: Destination): void {
  if (!isSamePlace(html, out)) return;
  const other =
    out.kind === 'descriptor' ? 'standard output, where the result goes' : 'the same file as --out';
  throw new NeuroMfaError('usage', '--html', `it names ${other}`, 'Name another file');
}

/** Writes to `out`, or to standard output without it. @throws NeuroMfaError `unwritable`. */
export async function deliver(env: CliEnvironment, text: string, out: string | undefined): Promise<void> {
  if (out === undefined || (await isStandardOutput(out))) {
    await env.writeResult(text);
    return;
  }
  const say = (what: string): void => {
    env.writeError(`neuromfa: ${shortened(out)}: ${what}\n`);
  };
  await writeTo(out, text, {
    signal: env.signal,
    tell: (why) => {
      say(`it was written in place, not all at once: ${why}.`);
    },
    onWait: () => {
      say('waiting for a program that reads this pipe. Ctrl-C ends it.');
    },
  });
}

async function isStandardOutput(out: string): Promise<boolean> {
  if (out === DASH) return true;
  const destination = await findDestination(out);
  return destination.kind === 'descriptor' && destination.descriptor === STANDARD_OUTPUT;
}

function aboutOption(option: string, out: string, { data, cause }: NeuroMfaError): NeuroMfaError {
  const name = shortened(out);
  const causes: Readonly<Record<string, string>> = {
    EISDIR: `${name} is a folder`,
    ENOENT: `the folder ${shortened(dirname(out))} does not exist`,
  };
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? '';
  return new NeuroMfaError('usage', option, causes[code] ?? `${name}: ${data.cause}`, data.nextStep, {
    cause,
  });
}
