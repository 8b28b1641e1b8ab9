/** What the editor shows, and what that is made of: about half of it, loaded in a turn of its own before the rest. */
import './compare/comparePanels';
import './compare/compareSession';
import './panels/inspectEditor';
import './panels/runsPanels';
import './panels/spectrumPanels';
import './panels/spectrumSession';
import './runs/findings';
import './runs/refinements';
import './runs/runs';
import './views/dashboardView';
import './views/runsTree';
