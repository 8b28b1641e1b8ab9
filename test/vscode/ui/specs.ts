/** All specs of the packaged extension. */
import './analyze.spec';
import './cancel.spec';
import './failure.spec';
import './hostile.spec';
import './store.spec';
import './reload.spec';
import './remembers.spec';
import './charts.spec';
import './nulls.spec';
import './runs.spec';
import './report.spec';
import './subset.spec';
import './adapters.spec';
import './export.spec';
import './widths.spec';
import './inspect.spec';
import './folders.spec';
