/** Lists to choose from. */
import * as vscode from 'vscode';
import { rendered, type Line } from './line';
import { plain } from './plain';

/** One line of a list. */
export interface Row<T> {
  label: Line;
  description?: string;
  detail?: Line;
  /** What choosing it returns. */
  value: T;
  /** Whether to show it whatever is typed. */
  alwaysShow?: boolean;
}

export interface PickOptions {
  title: string;
  placeholder?: string;
  ignoreFocusOut?: boolean;
}

interface Item<T> extends vscode.QuickPickItem {
  value: T;
}

/**
 * @param rows while they are being found, the list shows that it is busy.
 * @returns the value of the chosen row; undefined when the user cancels.
 */
export async function pickOne<T>(
  rows: readonly Row<T>[] | Promise<readonly Row<T>[]>,
  options: PickOptions,
): Promise<T | undefined> {
  const items = Promise.resolve(rows).then((found) => found.map(itemOf));
  return (await vscode.window.showQuickPick(items, shownOptions(options)))?.value;
}

/** @returns the values of the ticked rows; undefined when the user cancels. */
export async function pickMany<T>(rows: readonly Row<T>[], options: PickOptions): Promise<T[] | undefined> {
  const several = { ...shownOptions(options), canPickMany: true } as const;
  const chosen = await vscode.window.showQuickPick(rows.map(itemOf), several);
  return chosen?.map(({ value }) => value);
}

/** The same with rows that are ticked at the start. */
export function pickTicked<T>(
  rows: readonly Row<T>[],
  ticked: readonly T[],
  options: PickOptions,
): Promise<T[] | undefined> {
  const list = new TickList<T>(options);
  return new Promise<T[] | undefined>((resolve) => {
    list.setRows(rows);
    list.tick(ticked);
    list.onAccept(() => {
      resolve(list.ticked);
    });
    list.onHide(() => {
      resolve(undefined);
    });
    list.show();
  }).finally(() => {
    list.dispose();
  });
}

/** A list with check boxes whose rows may change while it is shown. */
export class TickList<T> {
  readonly #pick = vscode.window.createQuickPick<Item<T>>();
  /** A changed row stays the same item for the editor, and so stays ticked. */
  readonly #items = new Map<T, Item<T>>();

  constructor({ title, placeholder, ignoreFocusOut }: PickOptions) {
    const pick = this.#pick;
    pick.canSelectMany = true;
    pick.matchOnDescription = true;
    pick.matchOnDetail = true;
    pick.keepScrollPosition = true;
    pick.title = plain(title);
    pick.ignoreFocusOut = ignoreFocusOut ?? false;
    if (placeholder !== undefined) this.setPlaceholder(placeholder);
  }

  setPlaceholder(text: string): void {
    this.#pick.placeholder = plain(text);
  }

  set busy(busy: boolean) {
    this.#pick.busy = busy;
  }

  /** The number of rows. */
  get size(): number {
    return this.#pick.items.length;
  }

  get ticked(): T[] {
    return valuesOf(this.#pick.selectedItems);
  }

  tick(values: readonly T[]): void {
    this.#pick.selectedItems = values.flatMap((value) => this.#items.get(value) ?? []);
  }

  /** The ticked rows, otherwise the row in focus. */
  get chosen(): T[] {
    const { selectedItems, activeItems } = this.#pick;
    return valuesOf(selectedItems.length > 0 ? selectedItems : activeItems);
  }

  /** Replaces the rows; each must have a different value. */
  setRows(rows: readonly Row<T>[]): void {
    const { selectedItems, activeItems } = this.#pick;
    this.#pick.items = rows.map((row) => {
      const item = Object.assign(this.#items.get(row.value) ?? {}, itemOf(row));
      this.#items.set(row.value, item);
      return item;
    });
    this.#pick.selectedItems = selectedItems;
    if (activeItems.length > 0) this.#pick.activeItems = activeItems;
  }

  /** Calls `listener` with the ticked values whenever they change. */
  onTick(listener: (values: T[]) => void): void {
    this.#pick.onDidChangeSelection((items) => {
      listener(valuesOf(items));
    });
  }

  onAccept(listener: () => void): void {
    this.#pick.onDidAccept(listener);
  }

  onHide(listener: () => void): void {
    this.#pick.onDidHide(listener);
  }

  show(): void {
    this.#pick.show();
  }

  dispose(): void {
    this.#pick.dispose();
  }
}

function valuesOf<T>(items: readonly Item<T>[]): T[] {
  return items.map(({ value }) => value);
}

function itemOf<T>({ label, description, detail, value, alwaysShow = false }: Row<T>): Item<T> {
  return {
    label: rendered(label),
    ...(description !== undefined && { description: rendered(description) }),
    ...(detail !== undefined && { detail: rendered(detail) }),
    alwaysShow,
    value,
  };
}

function shownOptions({ title, placeholder, ignoreFocusOut = false }: PickOptions): vscode.QuickPickOptions {
  return {
    title: plain(title),
    ...(placeholder !== undefined && { placeHolder: plain(placeholder) }),
    ignoreFocusOut,
    matchOnDescription: true,
  };
}
