/** The version of this program: what `package.json` says, put in by the bundler. */
declare const __VERSION__: string;

/** Unbundled (in unit tests) there is none. */
export const VERSION = typeof __VERSION__ === 'string' ? __VERSION__ : '0.0.0-unbundled';
