/**
 * The paper preset against the reference, on really trained checkpoints.
 * `NEUROMFA_CHECKPOINTS=DIR` names a folder with all 18 steps of the run; without it the eight bundled ones are used.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawNeurons, sampledNeurons } from '../../../src/core/sampling/drawNeurons';
import { PAPER_Q, planOf, samplePath } from '../support/analyze';
import { expectAllClose, expectClose } from '../support/close';
import { goldenOptions, goldenRun } from '../support/golden';
import { runSampleIn, WAYS } from '../support/packed';

const BUNDLED = [0, 64, 256, 512, 1000, 2000, 3000, 4000];
const everyStep = process.env['NEUROMFA_CHECKPOINTS'];
const pathOf = (step: number): string => (everyStep ? join(everyStep, `step${step}`) : samplePath(step));
const steps = goldenRun.steps.filter(({ step }) => everyStep !== undefined || BUNDLED.includes(step));
const present = ({ step }: { step: number }): boolean => existsSync(pathOf(step));

it('finds the checkpoints it compares', () => {
  expect(steps.filter((each) => !present(each))).toEqual([]);
  expect(steps.length).toBe(everyStep ? 18 : 8);
});

describe.each(steps)('step $step', ({ step, samples }) => {
  it.each(WAYS)('has α₀, w, radii, nodes and R² of all samples, %s', (way) => {
    const plan = planOf(pathOf(step));
    for (const golden of samples) {
      const { result, edges, sources } = runSampleIn(way, plan, golden.sample);
      const what = `sample ${golden.sample}`;
      expectClose(result.alpha0!, golden.alpha_30, `${what} alpha0`);
      expectClose(result.width!, golden.w, `${what} w`);
      expect(result.radii.length).toBe(golden.radii);
      expect(result.nodes).toBe(golden.nodes_selected);
      expect([sources, edges]).toEqual([960, 49152]);
      expect(result.tau[30]).toBe(0);
      expect(result.r2[30]).toBeNull();
    }
  });
});

const details = goldenRun.details.filter(present).flatMap((each) => WAYS.map((way) => ({ ...each, way })));

describe.each(details)('step $step, sample $sample in detail, $way', ({ way, ...golden }) => {
  const plan = planOf(pathOf(golden.step));
  const { result, arrays } = runSampleIn(way, plan, golden.sample);

  it('draws the same neurons', () => {
    const drawn = drawNeurons(plan.draws, { neurons: 32, draws: 'scattered' }, golden.sample);
    const neurons = plan.projections.map((projection) => sampledNeurons(projection, drawn));
    for (const [block, indices] of golden.indices.entries()) {
      expect([...neurons[4 * block]!.sources]).toEqual(indices.nums1);
      expect([...neurons[4 * block]!.targets]).toEqual(indices.nums2);
      expect([...neurons[4 * block + 1]!.targets]).toEqual(indices.nums4);
      expect([...neurons[4 * block + 2]!.targets]).toEqual(indices.nums5);
    }
    expect([...neurons.at(-1)!.targets]).toEqual(golden.indices.at(-1)!.nums6);
  });

  it('has the same partition function, mass exponents and spectrum', () => {
    expectAllClose(
      result.radii.map((radius) => Math.log(radius / result.rMax!)),
      golden.ln_r_over_d,
      'ln r/r_max',
    );
    const radii = result.radii.length;
    expectAllClose(arrays.lnZ.subarray(0, radii), golden.ln_Z_q_minus3, 'ln Z at q = -3');
    expectAllClose(arrays.lnZ.subarray(60 * radii), golden.ln_Z_q_plus3, 'ln Z at q = 3');
    expectAllClose(result.tau, golden.tau, 'tau');
    expectAllClose(result.intercept, golden.intercept_per_q, 'intercept');
    expectAllClose(result.alpha, golden.alpha, 'alpha');
    expectAllClose(result.f, golden.f_alpha, 'f');
    for (const [i, r] of golden.r_per_q.entries()) {
      if (PAPER_Q[i] === 0) expect(result.r2[i]).toBeNull();
      else expectClose(result.r2[i]!, r! * r!, `R² at q = ${PAPER_Q[i]}`);
    }
  });

  it('has the same fractal dimension of every neuron', () => {
    // The reference numbers neurons layer after layer: h attention inputs, 3h of q, k and v (never ours: its links of
    // weight 1 start there), h inputs of the attention output, h MLP inputs, 4h hidden ones.
    const hidden = 128;
    const layerStart = [0, 4 * hidden, 5 * hidden, 6 * hidden];
    const blockSize = 10 * hidden;
    const drawn = drawNeurons(plan.draws, { neurons: 32, draws: 'scattered' }, golden.sample);
    const ids = plan.projections.flatMap((projection, i) => {
      const start = Math.floor(i / 4) * blockSize + layerStart[i % 4]!;
      return Array.from(sampledNeurons(projection, drawn).sources, (neuron) => start + neuron);
    });
    const theirs = new Map(golden.node_ids.map((id, i) => [id, golden.nfd_threshold200[i]!]));
    expectAllClose(
      arrays.nfd,
      ids.map((id) => theirs.get(id)!),
      'nfd',
    );
    expect(result.nfd).toMatchObject({ values: 960, missing: 0 });
  });
});

describe('other settings', () => {
  // Lengths are rounded to whole numbers alone.
  const runs = goldenOptions.runs
    .filter((each) => present(each) && each.fdigi === 0)
    .flatMap((each) => WAYS.map((way) => ({ ...each, way })));
  it.each(runs)(
    'step $step: k $layer_sample, seed $seed, T $threshold, $qset, $way',
    ({ step, layer_sample, seed, threshold, qset, way, ...golden }) => {
      const settings = { neurons: layer_sample, threshold, q: goldenOptions.qsets[qset]! };
      const { result } = runSampleIn(way, planOf(pathOf(step)), seed, settings);
      expect(result.nodes).toBe(golden.nodes_selected);
      expect(result.radii.length).toBe(golden.radii);
      expectAllClose(result.tau, golden.tau as number[], 'tau');
      expectClose(result.width!, golden.w, 'w');
    },
  );
});
