/** Runs Mocha inside the current process, on tests that are part of the same bundle. */
import Mocha from 'mocha';

export interface MochaResults {
  passes: number;
  failures: number;
}

/** @param load imports the modules that call `describe`. */
export async function runMocha(
  load: () => Promise<unknown>,
  options: Mocha.MochaOptions,
): Promise<MochaResults> {
  const mocha = new Mocha({ ui: 'bdd', reporter: 'spec', ...options });
  // What Mocha does before it loads a file; our files are in the bundle already.
  mocha.suite.emit(Mocha.Suite.constants.EVENT_FILE_PRE_REQUIRE, globalThis, '', mocha);
  await load();
  return new Promise((resolve) => {
    const runner = mocha.run((failures) => {
      resolve({ passes: runner.stats?.passes ?? 0, failures });
    });
  });
}

/** A run that did nothing has not succeeded. */
export function succeeded(results: MochaResults | undefined): boolean {
  return results !== undefined && results.passes > 0 && results.failures === 0;
}
