/** The figures of a report, as they were built: one script and one style sheet. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NeuroMfaError } from '../../protocol/errors';

export interface ReportBundle {
  script: string;
  styles: string;
}

/**
 * @param folder that of the built pages, `dist/webview`.
 * @throws NeuroMfaError `missing` where they do not lie there.
 */
export async function readReportBundle(folder: string): Promise<ReportBundle> {
  const read = async (name: string): Promise<string> => {
    const path = join(folder, name);
    try {
      return await readFile(path, 'utf8');
    } catch (cause) {
      throw new NeuroMfaError(
        'missing',
        path,
        'the figures of reports cannot be read from here',
        'Keep the folder webview beside the program, as it was built',
        { cause },
      );
    }
  };
  const [script, styles] = await Promise.all([read('report.js'), read('report.css')]);
  return { script, styles };
}
