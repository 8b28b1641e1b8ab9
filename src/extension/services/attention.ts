/** What the user looks at: its checkpoints are analyzed before others that wait. */
import type { AnalysisJob } from '../../protocol/subject';

export class Attention {
  readonly #shown = new Map<object, ReadonlySet<string>>();

  /** `view` shows these checkpoints from now on; none when it is hidden or closed. */
  look(view: object, checkpoints: readonly string[]): void {
    if (checkpoints.length === 0) this.#shown.delete(view);
    else this.#shown.set(view, new Set(checkpoints));
  }

  /** For the scheduler: in how many views a checkpoint is in sight. */
  readonly rank = ({ subject }: AnalysisJob): number => {
    let views = 0;
    for (const shown of this.#shown.values()) if (shown.has(subject.at)) views++;
    return views;
  };
}
