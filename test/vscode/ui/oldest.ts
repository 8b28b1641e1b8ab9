/** What has to work in the oldest VS Code that is supported too: each way in, each kind of page, answers, and coming back. */
import './oldest.spec';
import './analyze.spec';
import './reload.spec';
import './remembers.spec';
import './charts.spec';
import './ways.spec';
import './dragging.spec';
import './answers.spec';
import './stale.spec';
import './firstSteps.spec';
import './panelsInEditor.spec';
import './store.spec';
import './resultsFolder.spec';
import './pseudoWorkbench.spec';
