/** State-space models: `modeling_mamba.py`, `modeling_mamba2.py`. */
import { family, fused, separate, stack, step, unit } from '../family';

/** A kernel of 4: every source has 4 edges, so its nodes always drop. */
const KERNEL = { channels: 'depthwise' } as const;

const MIXER = unit('mixer', [
  [
    step('ssm.in', 'input', [fused('mixer.in_proj', ['inner', 'inner'], 'in-turn', ['x', 'z'])]),
    step('ssm.conv', 'inner', [separate(['mixer.conv1d'], 'inner')], KERNEL),
    step('ssm.parameters', 'inner', [
      fused('mixer.x_proj', ['time step', 'B and C', 'B and C'], 'in-turn', ['Δ', 'B', 'C']),
    ]),
    step('ssm.time_step', 'time step', [separate(['mixer.dt_proj'], 'inner')]),
    step('ssm.out', 'inner', [separate(['mixer.out_proj'], 'output')]),
  ],
  [
    // Mamba-2 fuses z, x, B, C and the time steps; the kernel runs over x, B and C.
    step('ssm.in', 'input', [separate(['mixer.in_proj'], 'projected')]),
    step('ssm.conv', 'x, B and C', [separate(['mixer.conv1d'], 'x, B and C')], KERNEL),
    step('ssm.out', 'inner', [separate(['mixer.out_proj'], 'output')]),
  ],
]);

export const MAMBA = family('mamba', [stack('layers.#', [[MIXER]])], ['mamba', 'mamba2', 'falcon_mamba']);
