// The figures of reports are only read by the program that writes reports. Compressed as well as Node can, they take less
// of the package than what its zip makes of them.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { asComment, bundledPackages, thirdPartyNotices } from './notices.mjs';

/** Compresses what a build makes, for `src/core/report/reportBundle.ts`; scripts get the licenses of what they contain, because reports are distributed. */
export const reportPlugin = {
  name: 'report',
  setup({ initialOptions, onEnd }) {
    const { minify, write = true } = initialOptions;
    Object.assign(initialOptions, { write: false, metafile: true });
    const quality = minify ? constants.BROTLI_MAX_QUALITY : constants.BROTLI_MIN_QUALITY;
    onEnd(async ({ outputFiles, errors, metafile }) => {
      if (!write || errors.length > 0) return;
      const packages = bundledPackages(Object.keys(metafile.inputs));
      const notices = asComment(await thirdPartyNotices(packages, '.'));
      for (const { path, text } of outputFiles) {
        const whole = path.endsWith('.js') ? text + notices : text;
        const packed = brotliCompressSync(whole, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } });
        await mkdir(dirname(path), { recursive: true });
        await writeFile(`${path}.br`, packed);
      }
    });
  },
};
