/** Writes the second argument, as often as the third says, to the first, and says on standard error what there was to tell. */
import { writeTo } from '../../../src/core/output/writeTo';
import { NeuroMfaError } from '../../../src/protocol/errors';

const [path = '', text = '', times = '1'] = process.argv.slice(2);
writeTo(path, text.repeat(Number(times)), {
  tell: (why) => {
    console.error(`told: ${why}`);
  },
}).catch((error: unknown) => {
  console.error(error instanceof NeuroMfaError ? error.message : error);
  process.exitCode = 1;
});
