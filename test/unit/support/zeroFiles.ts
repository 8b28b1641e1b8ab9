/** Writes checkpoints of DeepSpeed ZeRO-3 as its engine lays them out, without DeepSpeed. */
import { Items, Tensor, torchFile, type Pickled } from './torchFiles';

export interface ZeroOptions {
  processes?: number;
  /** Where the vector of each process is cut into groups. */
  cuts?: readonly number[];
  /** Entries in the place of a process's own, of its vectors and of the model's state. */
  optimizer?: (entries: Map<Pickled, Pickled>, rank: number) => Map<Pickled, Pickled>;
  model?: (entries: Map<Pickled, Pickled>) => Map<Pickled, Pickled>;
}

/** Name of a file → its bytes. @param weights of float32, by name. */
export function zeroFiles(
  weights: ReadonlyMap<string, { shape: readonly number[]; values: Float32Array }>,
  { processes = 2, cuts = [], optimizer = (same) => same, model = (same) => same }: ZeroOptions = {},
): Record<string, Buffer> {
  const shapes = new Map<Pickled, Pickled>([...weights].map(([name, { shape }]) => [name, new Items(shape)]));
  const module = new Map<Pickled, Pickled>(
    [...weights.keys()].map((name) => [name, new Tensor(new Uint8Array(), 'BF16', [0])]),
  );
  const files: Record<string, Buffer> = {};
  for (let rank = 0; rank < processes; rank++) {
    const state = new Map<Pickled, Pickled>([
      ['module', module],
      ['buffer_names', []],
      ['param_shapes', [shapes]],
      ['frozen_param_shapes', null],
      ['shared_params', new Map()],
      ['global_steps', 10],
    ]);
    files[`zero_pp_rank_${rank}_mp_rank_00_model_states.pt`] = torchFile(model(state));
    const vector = [...weights.values()].flatMap(({ values }) => {
      const size = Math.ceil(values.length / processes);
      return Array.from({ length: size }, (_, i) => values[rank * size + i] ?? NaN);
    });
    const ends = [...cuts, vector.length];
    const groups = ends.map((end, i) => {
      const group = Float32Array.from(vector.slice(i === 0 ? 0 : ends[i - 1]!, end));
      return new Tensor(new Uint8Array(group.buffer), 'F32', [group.length]);
    });
    const own = new Map<Pickled, Pickled>([
      ['zero_stage', 3],
      ['partition_count', processes],
      ['fp32_flat_groups', groups],
    ]);
    files[`bf16_zero_pp_rank_${rank}_mp_rank_00_optim_states.pt`] = torchFile(
      new Map<Pickled, Pickled>([['optimizer_state_dict', optimizer(own, rank)]]),
    );
  }
  return files;
}
