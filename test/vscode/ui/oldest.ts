/**
 * What has to work in the oldest VS Code that is supported too: each way in, each kind of page, answers, and coming back.
 * Dragging is left out: webviews have origins of their own there, and the drags that tests make do not enter other origins.
 */
import './oldest.spec';
import './analyze.spec';
import './reload.spec';
import './remembers.spec';
import './charts.spec';
import './ways.spec';
import './answers.spec';
import './stale.spec';
import './firstSteps.spec';
