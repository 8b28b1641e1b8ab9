/** The tree "Training runs": runs, and under each its checkpoints with how far they have come. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { checkpointName } from '../../core/checkpoint/name';
import type { ErrorData, NeuroMfaError } from '../../protocol/errors';
import type { Log } from '../services/analyses';
import { ResultSearch } from '../runs/resultSearch';
import type { RunCheckpoint } from '../../protocol/trends';
import type { Runs, RunsChange } from '../runs/runs';
import { Throttle } from '../throttle';
import type { TreeRow, TreeSource } from '../ui/tree';
import { faultIn, t } from '../ui/words';
import { COMMANDS } from '../ids';
import { checkpointRow, groupRow, heldRow, loneRow, runRow } from './runItems';
import { isRemote } from '../../protocol/subject';

/** Progress comes ten times a second for each checkpoint at work. */
const REFRESH_EVERY_MS = 250;
/** Drawing a run again asks for all of its checkpoints. */
const RUNS_EVERY_MS = 1000;

export interface RunNode {
  kind: 'run';
  id: string;
}

export interface CheckpointNode {
  kind: 'checkpoint';
  run: RunNode;
  path: string;
}

/** What cannot be read: a run whose checkpoints are in another layout, or a checkpoint that is damaged. */
export interface HeldNode {
  kind: 'held';
  path: string;
}

/** A checkpoint that belongs to no run. */
export interface LoneNode {
  kind: 'lone';
  path: string;
}

/** What is listed below the runs. */
export interface GroupNode {
  kind: 'group';
  group: 'checkpoints' | 'held';
}

export type TreeNode = RunNode | CheckpointNode | HeldNode | LoneNode | GroupNode;

/** What there is beside runs. */
export interface Beside {
  /** Runs that cannot be read, as reasons that name their folders. */
  held: () => readonly NeuroMfaError[];
  /** All checkpoints, those of runs among them. */
  checkpoints: () => readonly string[];
  /** Why a checkpoint cannot be read; undefined where nothing is known to be wrong. */
  faultOf: (path: string) => ErrorData | undefined;
  /** Has the headers of these looked at; of none that were asked for before. */
  look: (paths: readonly string[]) => void;
  /** Where a path is, as people in this workspace write it. */
  place: (path: string) => string;
}

const LONE: GroupNode = { kind: 'group', group: 'checkpoints' };
const HELD: GroupNode = { kind: 'group', group: 'held' };

/** What a click on a checkpoint does. */
const OPENS = { command: COMMANDS.openSpectrum, title: t('Open Spectrum') };
/** The same on one that cannot be read: the page says why in full. */
const INSPECTS = { command: COMMANDS.inspectInTree, title: t('Inspect Checkpoint') };

export class RunsTree implements TreeSource<TreeNode>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<TreeNode[] | undefined>();
  readonly onDidChange = this.#changed.event;
  /** The editor tells nodes apart by identity. */
  readonly #nodes = new Map<string, RunNode>();
  readonly #held = new Map<string, HeldNode>();
  readonly #lones = new Map<string, LoneNode>();
  readonly #checkpoints = new Map<string, CheckpointNode>();
  /** What is to be drawn again; undefined among them stands for everything. */
  readonly #dirty = new Set<TreeNode | undefined>();
  readonly #refresh = new Throttle(REFRESH_EVERY_MS, () => {
    const nodes = [...this.#dirty].filter((node) => node !== undefined);
    const everything = this.#dirty.has(undefined);
    this.#dirty.clear();
    if (everything) this.#changed.fire(undefined);
    else if (nodes.length > 0) this.#changed.fire(nodes);
  });
  readonly #dirtyRuns = new Set<RunNode>();
  readonly #refreshRuns = new Throttle(RUNS_EVERY_MS, () => {
    const changed = [...this.#dirtyRuns].flatMap((node) => this.#changedRows(node));
    this.#dirtyRuns.clear();
    if (changed.length > 0) this.#changed.fire(changed);
  });
  /** The rows of runs and checkpoints as they were asked for last. */
  readonly #drawn = new WeakMap<TreeNode, string>();
  readonly #stop: () => void;
  /** Runs whose checkpoints have been asked for. */
  readonly #opened = new Set<string>();
  readonly #search: ResultSearch;
  /** How many groups there were when they were asked for last. */
  #groupsDrawn = 0;
  /** Whether anybody sees it. */
  #visible = false;

  /**
   * @param found settles when the workspace was searched for the first time: until then there is no saying.
   * @param beside what there is beside runs.
   */
  constructor(
    private readonly runs: Runs,
    private readonly found: Promise<unknown>,
    log: Log,
    private readonly beside: Beside,
  ) {
    this.#search = new ResultSearch(runs, log);
    this.#stop = runs.onChange((change) => {
      this.#runsChanged(change);
    });
  }

  /** Nobody looks for results, or into files, while the tree is hidden. */
  setVisible(visible: boolean): void {
    this.#visible = visible;
    this.#look();
    if (visible) this.#search.look(this.#opened);
    else this.#search.stop();
  }

  /** What cannot be read is another than before. */
  faultsChanged(): void {
    this.#look();
    // Each group has its own row, unless one comes or goes.
    if (this.#groups().length === this.#groupsDrawn)
      for (const group of this.#groups()) this.#dirty.add(group);
    else this.#dirty.add(undefined);
    this.#refresh.request();
  }

  dispose(): void {
    this.#search.stop();
    this.#stop();
    this.#refresh.dispose();
    this.#refreshRuns.dispose();
    this.#changed.dispose();
  }

  async childrenOf(node: TreeNode | undefined): Promise<TreeNode[]> {
    if (!node) {
      await this.found;
      const groups = this.#groups();
      this.#groupsDrawn = groups.length;
      this.#visible = true;
      this.#look();
      return [...this.runs.list.map(({ id }) => this.runNode(id)), ...groups];
    }
    if (node.kind === 'group')
      return node.group === 'held'
        ? this.#faults().map(({ subject }) => this.#heldNode(subject))
        : this.#lone().map((path) => this.#loneNode(path));
    if (node.kind !== 'run') return [];
    // The rows are there at once; stored results come to them as they are found.
    this.#opened.add(node.id);
    this.#search.look(this.#opened);
    return (this.runs.get(node.id)?.checkpoints ?? []).map(({ path }) => this.#checkpointNode(node, path));
  }

  parentOf(node: TreeNode): TreeNode | undefined {
    switch (node.kind) {
      case 'checkpoint':
        return node.run;
      case 'lone':
        return LONE;
      case 'held':
        return HELD;
      default:
        return undefined;
    }
  }

  filesOf(node: TreeNode): readonly string[] {
    if (node.kind === 'checkpoint' || node.kind === 'lone') return isRemote(node.path) ? [] : [node.path];
    const run = node.kind === 'run' ? this.runs.get(node.id) : undefined;
    return run && !run.saved && !run.remote ? [run.path] : [];
  }

  rowOf(node: TreeNode): TreeRow | undefined {
    if (node.kind === 'held') {
      const { path } = node;
      const fault = this.beside.faultOf(path);
      if (fault)
        return {
          ...{ id: path, ...heldRow(faultIn(fault), checkpointName(this.beside.place(path))) },
          ...{ opens: INSPECTS, children: 'none' },
        };
      const reason = this.beside.held().find(({ data }) => data.subject === path);
      return reason && { id: path, ...heldRow(faultIn(reason.data), basename(path)), children: 'none' };
    }
    if (node.kind === 'group') {
      const count = node.group === 'held' ? this.#faults().length : this.#lone().length;
      // Runs come first where there are any.
      const children = this.runs.list.length === 0 ? 'shown' : 'hidden';
      return { id: `group ${node.group}`, ...groupRow(node.group, count, t), children };
    }
    if (node.kind === 'lone')
      return {
        id: node.path,
        ...loneRow(node.path, this.beside.place(node.path), t),
        opens: OPENS,
        children: 'none',
      };
    const row = node.kind === 'run' ? this.#runRow(node) : this.#checkpointRow(node);
    if (row) this.#drawn.set(node, JSON.stringify(row));
    return row;
  }

  /** The run, where its own row is another one than before, else those of its checkpoints: with a run all of its rows go. */
  #changedRows(run: RunNode): TreeNode[] {
    if (JSON.stringify(this.#runRow(run)) !== this.#drawn.get(run)) return [run];
    return [...this.#checkpoints.values()].filter(
      (node) =>
        node.run === run &&
        this.#drawn.has(node) &&
        JSON.stringify(this.#checkpointRow(node)) !== this.#drawn.get(node),
    );
  }

  /** Undefined where the run is gone: the tree is about to ask for everything. */
  #runRow({ id }: RunNode): TreeRow | undefined {
    const [run, listed] = [this.runs.model(id), this.runs.get(id)];
    if (!run || !listed) return undefined;
    const children = this.runs.list.length === 1 ? 'shown' : 'hidden';
    const complete = this.runs.isLookedThrough(listed);
    return { id: run.id, ...runRow(run, t, listed.leftOut, complete), children };
  }

  #checkpointRow({ run: { id }, path }: CheckpointNode): TreeRow | undefined {
    const run = this.runs.get(id);
    // Of this one alone: with each there may be hundreds of others.
    const checkpoint = this.runs.checkpoint(id, path);
    if (!run || !checkpoint) return undefined;
    const readOnly = run.saved !== undefined;
    const { state } = checkpoint;
    const shown: RunCheckpoint =
      state.kind === 'failed'
        ? { ...checkpoint, state: { ...state, error: faultIn(state.error) } }
        : checkpoint;
    return {
      id: `${id}\n${path}`,
      ...checkpointRow({ readOnly, series: this.runs.series(run) }, shown, t),
      children: 'none',
      ...(!readOnly && { opens: OPENS }),
    };
  }

  /** The node of a run, the same one every time. */
  runNode(id: string): RunNode {
    const known = this.#nodes.get(id);
    if (known) return known;
    const node: RunNode = { kind: 'run', id };
    this.#nodes.set(id, node);
    return node;
  }

  #heldNode(path: string): HeldNode {
    let node = this.#held.get(path);
    if (!node) this.#held.set(path, (node = { kind: 'held', path }));
    return node;
  }

  #loneNode(path: string): LoneNode {
    let node = this.#lones.get(path);
    if (!node) this.#lones.set(path, (node = { kind: 'lone', path }));
    return node;
  }

  #look(): void {
    this.beside.look(this.#visible ? this.#alone() : []);
  }

  /** Those of the groups that have anything in them. */
  #groups(): GroupNode[] {
    return [...(this.#lone().length > 0 ? [LONE] : []), ...(this.#faults().length > 0 ? [HELD] : [])];
  }

  /** Checkpoints that belong to no run. */
  #alone(): string[] {
    const ofRuns = new Set(this.runs.list.flatMap(({ checkpoints }) => checkpoints.map(({ path }) => path)));
    return this.beside.checkpoints().filter((path) => !ofRuns.has(path));
  }

  /** Those of them that may be readable. */
  #lone(): string[] {
    return this.#alone().filter((path) => !this.beside.faultOf(path));
  }

  /** What cannot be read: layouts, then single checkpoints, each by its own path. */
  #faults(): ErrorData[] {
    const single = this.#alone().flatMap((path) => {
      const fault = this.beside.faultOf(path);
      return fault ? [{ ...fault, subject: path }] : [];
    });
    return [...this.beside.held().map(({ data }) => data), ...single];
  }

  #checkpointNode(run: RunNode, path: string): CheckpointNode {
    const key = `${run.id}\n${path}`;
    const known = this.#checkpoints.get(key);
    if (known) return known;
    const node: CheckpointNode = { kind: 'checkpoint', run, path };
    this.#checkpoints.set(key, node);
    return node;
  }

  #runsChanged(change: RunsChange): void {
    if (change.kind === 'all') this.#dirty.add(undefined);
    else {
      const run = this.runNode(change.run);
      if (change.path !== undefined) this.#dirty.add(this.#checkpointNode(run, change.path));
      this.#dirtyRuns.add(run);
      this.#refreshRuns.request();
    }
    this.#refresh.request();
  }
}
