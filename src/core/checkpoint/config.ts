/** The configurations that lie beside checkpoints: descriptions of an architecture, or of an adapter. */
import { join } from '../storage/paths';
import { NeuroMfaError } from '../../protocol/errors';
import { foreignFile, HEAD_BYTES } from './formats/foreign';
import { parsePythonJson } from './pythonJson';
import { readSmallFileIfAny } from '../storage/smallFile';
import { checkJsonLimits, decodeUtf8, levels, type JsonLimits } from './strictJson';

export const CONFIG_NAME = 'config.json';

/** The largest real ones list 21,000 class names in under 2 MB; a larger file is no configuration. */
export const MAX_CONFIG_BYTES = 10_000_000;

/** Models of several towers have about six levels. */
const CONFIG_LIMITS: JsonLimits = { levels: levels(64, 100_000), containers: 100_000 };

const NEXT_STEP = 'Download or save it again, or remove it';

/**
 * The configuration in `folder`; null where there is none.
 * @param name the file's name; by default that of the architecture's description.
 * @throws NeuroMfaError `damaged`, `unreadable` or (for a Git LFS pointer) `missing`, naming the config file.
 */
export function readConfig(folder: string, name = CONFIG_NAME): Readonly<Record<string, unknown>> | null {
  const path = join(folder, name);
  const bytes = readSmallFileIfAny(path, MAX_CONFIG_BYTES, {
    what: 'the configuration',
    nextStep: NEXT_STEP,
  });
  if (bytes === null) return null;
  const damaged = (cause: string) => new NeuroMfaError('damaged', path, cause, NEXT_STEP);
  let config: unknown;
  try {
    config = parse(bytes);
  } catch (error) {
    throw (
      foreignFile(path, bytes.subarray(0, HEAD_BYTES)) ??
      damaged(`the configuration ${(error as Error).message}`)
    );
  }
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw damaged('the configuration is not a JSON object');
  }
  return config as Record<string, unknown>;
}

/** @throws Error whose message says, in words for users, what is wrong with the text. */
function parse(bytes: Uint8Array): unknown {
  checkJsonLimits(bytes, CONFIG_LIMITS);
  const text = decodeUtf8(bytes);
  try {
    // Windows editors write a byte order mark before the first character.
    return parsePythonJson(text.startsWith('\ufeff') ? text.slice(1) : text);
  } catch {
    throw new Error('is not valid JSON');
  }
}
