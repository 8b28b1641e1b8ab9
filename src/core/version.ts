/** The version of this program: that in `package.json`, inserted by the bundler. */
declare const __VERSION__: string;

/** In unit tests, which are not bundled, there is none. */
export const VERSION = typeof __VERSION__ === 'string' ? __VERSION__ : '0.0.0-unbundled';
