/** What needs a browser, but no editor: quick to run after a change of a page. */
import './pages.spec';
import './keepsPlace.spec';
import './heard.spec';
import './pseudo.spec';
