/** What a button of a toolbar is, whoever draws it: the editor's components in a panel, plain ones in a report. */
export interface ToolButton {
  icon: string;
  /** What it does; also its hover and its name for screen readers. */
  label: string;
  /** Shown beside the icon. */
  text?: string;
  testId: string;
  run: () => void;
}

export type MakeButton = (button: ToolButton) => HTMLElement;
