/** Files of the editor dropped onto the page: from the explorer, or from the list of training runs. */
import type { Drop } from '../../src/protocol/drop';

/** The editor's formats for addresses of files, the most reliable first. */
const LISTS = ['application/vnd.code.uri-list', 'text/uri-list'];
const TREE = 'application/vnd.code.tree.neuromfa.runs';

/** @param dropped called with whatever is dropped anywhere on the page. */
export function acceptDrops(dropped: (drop: Drop) => void): void {
  const accepts = ({ dataTransfer }: DragEvent): DataTransfer | null =>
    dataTransfer && [TREE, ...LISTS].some((type) => dataTransfer.types.includes(type)) ? dataTransfer : null;
  const mark = (over: boolean): void => {
    document.body.classList.toggle('drop-target', over);
  };
  document.addEventListener('dragover', (event) => {
    const data = accepts(event);
    if (!data) return;
    event.preventDefault();
    data.dropEffect = 'copy';
    mark(true);
  });
  document.addEventListener('dragleave', ({ relatedTarget }) => {
    if (!relatedTarget) mark(false);
  });
  document.addEventListener('drop', (event) => {
    mark(false);
    const data = accepts(event);
    if (!data) return;
    event.preventDefault();
    const list = LISTS.map((type) => data.getData(type)).find((text) => text.trim() !== '') ?? '';
    const uris = list.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
    dropped({ uris, fromTree: uris.length === 0 && data.types.includes(TREE) });
  });
}
