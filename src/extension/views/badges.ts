/** What the explorer says of analyzed checkpoints and runs, where the user wants it: α₀, w and E beside their names. */
import { decimal, measured } from '../../protocol/format';
import { ResultSearch } from '../runs/resultSearch';
import type { Runs } from '../runs/runs';
import type { Log } from '../services/analyses';
import { Throttle } from '../throttle';
import { Emitter } from '../emitter';
import type { Badge } from '../ui/decorations';
import { t } from '../ui/words';

/** Results come fast, and the explorer asks for every file in sight again. */
const EVERY_MS = 1000;

export class Badges {
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.event;
  /** By path; null until somebody asks. */
  #known: Map<string, Badge> | null = null;
  readonly #search: ResultSearch;
  readonly #throttle = new Throttle(EVERY_MS, () => {
    this.#known = null;
    this.#changed.fire();
  });
  #wanted = false;

  constructor(
    private readonly runs: Runs,
    log: Log,
  ) {
    this.#search = new ResultSearch(runs, log);
    runs.onChange(({ kind }) => {
      if (!this.#wanted) return;
      if (kind === 'all') this.#look();
      if (kind !== 'checkpoint') this.#throttle.request();
    });
  }

  /** Whether there are to be any. */
  set wanted(wanted: boolean) {
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    if (wanted) this.#look();
    else this.#search.stop();
    this.#throttle.request();
  }

  /** Of a checkpoint's file, or of a run's folder. */
  of(path: string): Badge | undefined {
    if (!this.#wanted) return undefined;
    this.#known ??= this.#all();
    return this.#known.get(path);
  }

  dispose(): void {
    this.#search.stop();
    this.#throttle.dispose();
  }

  #look(): void {
    this.#search.look(this.runs.list.map(({ id }) => id));
  }

  #all(): Map<string, Badge> {
    const badges = new Map<string, Badge>();
    for (const run of this.runs.list) {
      const series = run.saved ? null : this.runs.series(run);
      if (!series) continue;
      const { mode } = series.settings;
      badges.set(run.path, {
        text: 'α₀',
        tooltip: t(
          'NeuroMFA: {0} of {1} checkpoints are analyzed',
          series.points.length,
          run.checkpoints.length,
        ),
      });
      for (const { checkpoint, alpha0, width, emergence } of series.points) {
        const numbers = [`α₀ ${measured(alpha0, mode)}`, `w ${measured(width, mode)}`];
        if (emergence.value !== null) numbers.push(`E ${decimal(emergence.value, 3)}`);
        badges.set(checkpoint.path, { text: 'α₀', tooltip: `NeuroMFA: ${numbers.join(', ')}` });
      }
    }
    return badges;
  }
}
