/** A tree in the side panel. */
import * as vscode from 'vscode';
import { failingPlainly } from './failing';
import { MESSAGE_LENGTH, plain } from './plain';

export interface TreeRow {
  /** Tells rows apart, also after a reload. */
  id: string;
  label: string;
  description: string;
  /** One under the other. */
  tooltip: readonly string[];
  /** A codicon, with the id of a theme color where it has a meaning. */
  icon: { id: string; color?: string };
  /** What menus ask for. */
  contextValue: string;
  /** Whether it has children, and shows them at first. */
  children: 'none' | 'hidden' | 'shown';
  /** What a click or Enter does: the command gets the node. */
  opens?: { command: string; title: string };
}

/** What a tree shows; N stands for its rows. */
export interface TreeSource<N> {
  /** Told of what is to be drawn again; undefined is everything. */
  onDidChange: vscode.Event<N[] | undefined>;
  childrenOf(node: N | undefined): Promise<N[]>;
  parentOf(node: N): N | undefined;
  /** The files that a row stands for, where it can be dragged. */
  filesOf(node: N): readonly string[];
  /** Undefined where it is gone. */
  rowOf(node: N): TreeRow | undefined;
}

export class Tree<N> {
  readonly #view: vscode.TreeView<N>;
  /** Whether a change of the selection is none of the user's. */
  #looking = false;

  /** @param onDrag called with the files that are being dragged. */
  constructor(viewId: string, source: TreeSource<N>, onDrag: (files: readonly string[]) => void) {
    this.#view = vscode.window.createTreeView(viewId, {
      treeDataProvider: {
        onDidChangeTreeData: source.onDidChange,
        getChildren: (node) => failingPlainly(() => source.childrenOf(node)),
        getParent: (node) => source.parentOf(node),
        getTreeItem: (node) => failingPlainly(() => itemOf(source.rowOf(node), node)),
      },
      canSelectMany: true,
      dragAndDropController: {
        dragMimeTypes: ['text/uri-list'],
        dropMimeTypes: [],
        handleDrag: (nodes, data) => {
          const files = nodes.flatMap((node) => source.filesOf(node));
          onDrag(files);
          const uris = files.map((file) => vscode.Uri.file(file).toString());
          data.set('text/uri-list', new vscode.DataTransferItem(uris.join('\r\n')));
        },
      },
    });
  }

  /** Above the rows; empty for none. */
  setMessage(text: string): void {
    this.#view.message = plain(text, MESSAGE_LENGTH);
  }

  onSelect(listener: (nodes: readonly N[]) => void): void {
    this.#view.onDidChangeSelection(({ selection }) => {
      if (!this.#looking) listener(selection);
    });
  }

  /**
   * What a key that was pressed in the tree is about, as in the explorer: the row with the focus, or the selection that it is
   * part of. Arrow keys move the focus and leave the selection alone, and the editor tells extensions of the selection only.
   * Taking the row with the focus into the selection, or out of it, and back shows which it is.
   */
  async atKey(): Promise<readonly N[]> {
    const before = this.#view.selection;
    const toggle = (): Thenable<unknown> => vscode.commands.executeCommand('list.toggleSelection');
    this.#looking = true;
    try {
      await toggle();
      const after = this.#view.selection;
      await toggle();
      const [added] = after.filter((node) => !before.includes(node));
      return added === undefined ? before : [added];
    } finally {
      this.#looking = false;
    }
  }

  onVisible(listener: (visible: boolean) => void): void {
    this.#view.onDidChangeVisibility(({ visible }) => {
      listener(visible);
    });
  }

  dispose(): void {
    this.#view.dispose();
  }
}

const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
const STATES = { none: None, hidden: Collapsed, shown: Expanded } as const;

function itemOf(row: TreeRow | undefined, node: unknown): vscode.TreeItem {
  if (!row) return new vscode.TreeItem('');
  const { id, icon, contextValue } = row;
  const label = plain(row.label);
  const description = plain(row.description);
  return Object.assign(new vscode.TreeItem(label, STATES[row.children]), {
    id,
    description,
    tooltip: row.tooltip.map((line) => plain(line, MESSAGE_LENGTH)).join('\n'),
    contextValue,
    ...(row.opens && {
      command: { command: row.opens.command, title: plain(row.opens.title), arguments: [node] },
    }),
    iconPath: new vscode.ThemeIcon(icon.id, icon.color ? new vscode.ThemeColor(icon.color) : undefined),
    accessibilityInformation: { label: [label, description].filter(Boolean).join(', ') },
  });
}
