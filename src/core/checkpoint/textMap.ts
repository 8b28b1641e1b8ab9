/** Maps from text to text in JSON. A schema's records leave out keys such as "constructor", and files have any. */

/** @param value from `JSON.parse`. */
export function isTextMap(value: unknown): value is Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((each) => typeof each === 'string');
}
