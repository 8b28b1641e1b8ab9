/** A button of a toolbar, whoever draws it: the editor's components in a panel, plain elements in a report. */
export interface ToolButton {
  icon: string;
  /** What it does; also its tooltip and its name for screen readers. */
  label: string;
  /** Shown beside the icon. */
  text?: string;
  testId: string;
  run: () => void;
}

export type MakeButton = (button: ToolButton) => HTMLElement;
