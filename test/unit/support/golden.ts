/** The reference's outputs (test/fixtures/golden), typed as far as tests use them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../../..');

function golden(name: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, 'test/fixtures/golden', name), 'utf8'));
}

type Block = Partial<Record<'nums1' | 'nums2' | 'nums4' | 'nums5' | 'nums6', number[]>>;

export interface GoldenRun {
  q: number[];
  steps: {
    step: number;
    samples: {
      sample: number;
      alpha_30: number;
      w: number;
      r_value: number;
      radii: number;
      nodes_selected: number;
    }[];
    alpha_30_mean: number;
    w_mean: number;
    alpha_0_sd: number;
    w_sd: number;
  }[];
  details: {
    step: number;
    sample: number;
    indices: Block[];
    tau: number[];
    alpha: number[];
    f_alpha: number[];
    r_per_q: (number | null)[];
    intercept_per_q: number[];
    ln_r_over_d: number[];
    ln_Z_q_minus3: number[];
    ln_Z_q_plus3: number[];
    node_ids: number[];
    node_degree: number[];
    nfd_threshold200: number[];
  }[];
}
export const goldenRun = golden('neox-1m.json') as GoldenRun;

export interface UnitCase {
  name: string;
  mat: (number | string)[][];
  q: number[];
  fdigi: number;
  threshold: number;
  tau: (number | 'nan')[];
  r_value: number;
  w: number | 'nan' | null;
  alpha: (number | 'nan')[] | null;
  f_alpha: (number | 'nan')[] | null;
  radii: number[];
  ln_r_over_d: number[];
  ln_Z: number[][];
  nfd_threshold200: number[];
}
export interface SamplingCase {
  hidden: number;
  layers: number;
  layer_sample: number;
  seed: number;
  block0: Block;
  last_block: Block;
}
export const unitCases = golden('unit-cases.json') as { cases: UnitCase[]; sampling: SamplingCase[] };

export const goldenOptions = golden('options.json') as {
  qsets: Record<string, number[]>;
  runs: {
    step: number;
    layer_sample: number;
    seed: number;
    threshold: number;
    fdigi: number;
    qset: string;
    tau: (number | 'nan')[];
    w: number;
    radii: number;
    nodes_selected: number;
  }[];
};
