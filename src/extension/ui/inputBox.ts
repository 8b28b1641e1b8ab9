/** A line to write. */
import * as vscode from 'vscode';
import { plain } from './plain';

/** Longer names are cut wherever they are shown. */
const MOST_CHARACTERS = 200;

export interface TextQuestion {
  title: string;
  prompt: string;
  value: string;
  tooLong: string;
}

/** @returns without spaces around it; undefined when the user backs out. */
export async function askText({ title, prompt, value, tooLong }: TextQuestion): Promise<string | undefined> {
  const text = await vscode.window.showInputBox({
    title: plain(title),
    prompt: plain(prompt),
    value,
    validateInput: (input) => (input.trim().length > MOST_CHARACTERS ? plain(tooLong) : undefined),
  });
  return text?.trim();
}
