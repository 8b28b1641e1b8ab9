/** What the user looks at: these checkpoints are analyzed before others. */
import { sep } from 'node:path';
import type { AnalysisJob } from '../../protocol/subject';

export class Attention {
  readonly #shown = new Map<object, ReadonlySet<string>>();

  /** `view` shows these checkpoints from now on; an empty list when it is hidden or closed. */
  look(view: object, checkpoints: readonly string[]): void {
    if (checkpoints.length === 0) this.#shown.delete(view);
    else this.#shown.set(view, new Set(checkpoints));
  }

  /** Whether a view shows the checkpoint at `path`, or one that is part of it or contains it. */
  sees(path: string): boolean {
    const within = (a: string, b: string): boolean => a === b || a.startsWith(b + sep);
    return [...this.#shown.values()].some((shown) =>
      [...shown].some((each) => within(path, each) || within(each, path)),
    );
  }

  /** For the scheduler: the number of views that show a checkpoint. */
  readonly rank = ({ subject }: AnalysisJob): number => {
    let views = 0;
    for (const shown of this.#shown.values()) if (shown.has(subject.at)) views++;
    return views;
  };
}
