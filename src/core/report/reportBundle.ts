/** The built figures of a report: one script and one style sheet, compressed by the build. */
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { NeuroMfaError } from '../../protocol/errors';
import { readSmallFileAsync } from '../storage/smallFile';

/** Several times their size. */
const MAX_BYTES = 16 * 2 ** 20;
const WORDS = {
  what: 'the bundle',
  nextStep: 'Keep the folder webview beside the program, as it was built',
};

const unpack = promisify(brotliDecompress);

export interface ReportBundle {
  script: string;
  styles: string;
}

/**
 * @param folder the folder of the built pages, `dist/webview`.
 * @throws NeuroMfaError `missing` where they are not there.
 */
export async function readReportBundle(folder: string): Promise<ReportBundle> {
  const read = async (name: string): Promise<string> => {
    const path = join(folder, name);
    try {
      const packed = await readSmallFileAsync(path, MAX_BYTES, WORDS);
      return (await unpack(packed, { maxOutputLength: MAX_BYTES })).toString();
    } catch (cause) {
      throw new NeuroMfaError(
        'missing',
        path,
        'the figures of reports cannot be read from here',
        WORDS.nextStep,
        { cause },
      );
    }
  };
  const [script, styles] = await Promise.all([read('report.js.br'), read('report.css.br')]);
  return { script, styles };
}
