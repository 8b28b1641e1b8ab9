/** Everything that is tested inside the extension host. */
import './activation.test';
import './analyze.test';
import './runs.test';
import './dispatch.test';
import './tools.test';
