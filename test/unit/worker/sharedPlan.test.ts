import { expect, it } from 'vitest';
import { sampleNetwork } from '../../../src/core/analysis/analyzeSample';
import { drawShared, neuronsOf } from '../../../src/worker/sampleLayout';
import { planOf as sharedPlanOf, sharePlan } from '../../../src/worker/sharedPlan';
import { planOf, samplePath } from '../support/analyze';

it('a plan in shared memory is the plan, read once by a thread, also beside another', () => {
  const plan = planOf(samplePath(4000));
  const [first, second] = [
    sharePlan(plan),
    sharePlan({ ...plan, projections: plan.projections.slice(0, 3) }),
  ];
  const read = sharedPlanOf(first);
  expect(read).toEqual(plan);
  expect(sharedPlanOf(second).projections).toHaveLength(3);
  expect(sharedPlanOf(first)).toBe(read);
  expect(sharedPlanOf(plan)).toBe(plan);
});

it('neurons in shared memory are those that a sample draws, of all projections or of some', () => {
  const plan = planOf(samplePath(4000));
  for (const [neurons, seed] of [
    [32, 0],
    [7, 5],
  ] as const) {
    const drawing = { neurons, draws: 'scattered' } as const;
    const expected = sampleNetwork(plan, drawing, seed);
    const drawn = drawShared(plan, drawing, seed);
    expect(neuronsOf(plan, neurons, drawn)).toEqual(expected);
    expect(neuronsOf(plan, neurons, drawn, 4, 9)).toEqual(expected.slice(4, 9));
  }
});
