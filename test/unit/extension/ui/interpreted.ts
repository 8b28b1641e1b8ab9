/** What an editor would make of a text that it shows, as its own source has it. */

/** `parseLinkedText` of VS Code: notifications, progress, quick picks and welcome views. */
const LINK = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/gi;
/** `renderLabelWithIcons`: quick picks, the status bar, notifications. */
const ICON = /\$\([A-Za-z0-9-]+(?:~[A-Za-z]+)?\)/g;
/** The link detector of editors, in which logs are shown, begins with one of these. */
const ADDRESS = /(?:https?|file|vscode[a-z-]*):\/\//gi;

/** By hand, from the code charts, apart from what the program goes by. */
const HIDDEN: readonly (readonly [number, number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x61c, 0x61c],
  [0x180e, 0x180e],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xd800, 0xdfff],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
  [0xe0000, 0xe0fff],
];

/** Links, icons, addresses and hidden characters in `text`. */
export function interpreted(text: string): string[] {
  const found = [LINK, ICON, ADDRESS].flatMap((each) => text.match(each) ?? []);
  const hidden = Array.from(text).filter((character) => {
    const point = character.codePointAt(0)!;
    return HIDDEN.some(([low, high]) => point >= low && point <= high);
  });
  return [...found, ...hidden];
}
