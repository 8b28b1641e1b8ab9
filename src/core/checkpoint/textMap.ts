/**
 * Maps from text to text in JSON. Records of a schema leave out keys such as "constructor", and files contain any keys.
 */

/** @param value a result of `JSON.parse`. */
export function isTextMap(value: unknown): value is Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((each) => typeof each === 'string');
}
