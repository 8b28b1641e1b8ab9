/** An item of the status bar. */
import * as vscode from 'vscode';
import { rendered, spoken, type Line } from './line';
import { plain } from './plain';

export interface StatusWords {
  /** Its name in the menu of the status bar. */
  name: string;
  /** Runs on a click. */
  command: string;
  /** A sentence, and a link below it that runs one of our commands. */
  tooltip: { text: string; link: string; command: string };
}

export class StatusItem {
  readonly #item: vscode.StatusBarItem;
  /** What a screen reader adds to the words in sight. The editor would read out the tooltip's markup. */
  readonly #sentence: string;

  constructor(id: string, { name, command, tooltip }: StatusWords) {
    this.#item = vscode.window.createStatusBarItem(id, vscode.StatusBarAlignment.Left);
    this.#item.name = plain(name);
    this.#item.command = command;
    this.#sentence = plain(tooltip.text);
    const markdown = new vscode.MarkdownString()
      .appendText(plain(tooltip.text))
      .appendMarkdown('\n\n[')
      .appendText(plain(tooltip.link))
      .appendMarkdown(`](command:${tooltip.command})`);
    markdown.isTrusted = { enabledCommands: [tooltip.command] };
    this.#item.tooltip = markdown;
  }

  show(line: Line): void {
    this.#item.text = rendered(line);
    this.#item.accessibilityInformation = { label: `${spoken(line)}. ${this.#sentence}`, role: 'button' };
    this.#item.show();
  }

  hide(): void {
    this.#item.hide();
  }

  dispose(): void {
    this.#item.dispose();
  }
}
