/** Where the topics of the guide are. */

/**
 * The editor's preview can go only to headings, by their words.
 * @returns "mass-exponent", from the heading after the anchor `<a id="tau">`; empty where there is none.
 */
export function headingOf(guide: string, topic: string): string {
  const [, after = ''] = guide.split(`<a id="${topic}"></a>`);
  const heading = /^\s*#+ (.*)$/m.exec(after)?.[1] ?? '';
  return heading.toLowerCase().replaceAll(' ', '-');
}
