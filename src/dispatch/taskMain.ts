/** The script `task.js` of a job folder. */
import { main } from './taskProgram';

void main(process.argv.slice(2), process.env, __dirname).then((exit) => {
  process.exitCode = exit;
});
