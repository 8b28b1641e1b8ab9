/** The configurations that lie beside checkpoints: descriptions of an architecture, or of an adapter. */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { NeuroMfaError } from '../../protocol/errors';
import { foreignFile } from './foreign';
import { withFile } from './source';

export const CONFIG_NAME = 'config.json';

/** The largest real ones list 21,000 class names in under 2 MB; a larger file is no configuration. */
export const MAX_CONFIG_BYTES = 10_000_000;

/**
 * The configuration in `folder`; null where there is none.
 * @param name of the file: that of the architecture's description, where nothing else is asked for.
 * @throws NeuroMfaError `damaged`, `unreadable` or (for a Git LFS pointer) `missing`, naming the config file.
 */
export function readConfig(folder: string, name = CONFIG_NAME): Readonly<Record<string, unknown>> | null {
  const path = join(folder, name);
  // A link to nothing is a fault of the download, not a checkpoint without configuration.
  if (!lstatSync(path, { throwIfNoEntry: false })) return null;
  return withFile(path, (source) => {
    const damaged = (cause: string) =>
      new NeuroMfaError('damaged', path, cause, 'Download or save it again, or remove it');
    if (source.size > MAX_CONFIG_BYTES) {
      throw damaged(`the configuration has ${source.size} bytes; at most ${MAX_CONFIG_BYTES} are read`);
    }
    const bytes = source.slice(0, source.size);
    let config: unknown;
    try {
      config = JSON.parse(withoutNonFinite(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
    } catch {
      throw foreignFile(path, bytes) ?? damaged('the configuration is not valid JSON');
    }
    if (typeof config !== 'object' || config === null || Array.isArray(config)) {
      throw damaged('the configuration is not a JSON object');
    }
    return config as Record<string, unknown>;
  });
}

/** Python writes `Infinity` and `NaN` into JSON, and real configurations have them; no dimension does. */
function withoutNonFinite(json: string): string {
  return json.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\b(?:Infinity|NaN)\b/gs, (token) =>
    token.startsWith('"') ? token : 'null',
  );
}
