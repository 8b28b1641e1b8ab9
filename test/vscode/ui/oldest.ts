/** What has to work in the oldest VS Code that is supported too: each way in, each kind of page, and coming back. */
import './oldest.spec';
import './analyze.spec';
import './reload.spec';
import './remembers.spec';
import './charts.spec';
import './ways.spec';
import './firstSteps.spec';
