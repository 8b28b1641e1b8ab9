/** Where the suite writes its results; the extension host finds the path in its environment. */
export const RESULTS_VARIABLE = 'NEUROMFA_TEST_RESULTS';
