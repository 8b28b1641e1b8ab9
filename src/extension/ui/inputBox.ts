/** A line to write. */
import * as vscode from 'vscode';
import { plain } from './plain';

/** Longer names are cut wherever they are shown. */
const MOST_CHARACTERS = 200;

export interface TextQuestion {
  title: string;
  prompt: string;
  value?: string;
  placeholder?: string;
  /** Shown as dots, and kept open while the user looks for it. */
  hidden?: boolean;
  tooLong: string;
  /** So many characters are too many; those of a name where it is left out. */
  most?: number;
}

/** @returns without spaces around it; undefined when the user backs out. */
export async function askText({
  title,
  prompt,
  value = '',
  placeholder = '',
  hidden = false,
  tooLong,
  most = MOST_CHARACTERS,
}: TextQuestion): Promise<string | undefined> {
  const text = await vscode.window.showInputBox({
    title: plain(title),
    prompt: plain(prompt),
    value,
    placeHolder: plain(placeholder),
    password: hidden,
    // An address or a token is copied from elsewhere.
    ignoreFocusOut: hidden || placeholder !== '',
    validateInput: (input) => (input.trim().length > most ? plain(tooLong) : undefined),
  });
  return text?.trim();
}
