/** Says aloud what is skipped for want of a program; with CI set nothing may be skipped. */
export function skipWithout(engine: string, missing: readonly string[]): boolean {
  if (missing.length === 0) return false;
  const what = `there is no ${engine}: ${missing.join(', ')} missing`;
  if (process.env['CI']) throw new Error(what);
  console.warn(`Tests with a real ${engine} are skipped: ${what}. See node scripts/setup.mjs remote.`);
  return true;
}
