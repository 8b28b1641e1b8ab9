/** A text box. */
import * as vscode from 'vscode';
import { plain } from './plain';

/** Longer names are cut wherever they are shown. */
const MAX_CHARACTERS = 200;

export interface TextQuestion {
  title: string;
  prompt: string;
  value?: string;
  placeholder?: string;
  /** Whether to show dots, and to stay open while the user looks for the text. */
  hidden?: boolean;
  tooLong: string;
  /** The largest number of characters; by default that of a name. */
  most?: number;
}

/** @returns the text without surrounding spaces; undefined when the user cancels. */
export async function askText({
  title,
  prompt,
  value = '',
  placeholder = '',
  hidden = false,
  tooLong,
  most = MAX_CHARACTERS,
}: TextQuestion): Promise<string | undefined> {
  const text = await vscode.window.showInputBox({
    title: plain(title),
    prompt: plain(prompt),
    value,
    placeHolder: plain(placeholder),
    password: hidden,
    // Users copy an address or a token from elsewhere.
    ignoreFocusOut: hidden || placeholder !== '',
    validateInput: (input) => (input.trim().length > most ? plain(tooLong) : undefined),
  });
  return text?.trim();
}
