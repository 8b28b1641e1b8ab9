/** All weights are read over a network only once somebody has agreed. */
import { expect, it, vi } from 'vitest';
import { Agreement } from '../../../src/cli/agreement';
import type { CliEnvironment } from '../../../src/cli/environment';
import { bytes } from '../../../src/protocol/format';

const WORK = { fileBytes: 5e9, bytes: 4e9, seconds: 60, threads: 2, memory: 1e9 };
const PLACE = 'hf://lab/model@step1';

const environment = (ask?: (question: string) => Promise<boolean>): CliEnvironment =>
  ({ writeError: () => undefined, interactive: false, ...(ask && { ask }) }) as unknown as CliEnvironment;

it('asks once for all analyses, with what they take', async () => {
  const ask = vi.fn(() => Promise.resolve(true));
  const agreement = new Agreement(environment(ask), false, () => 10);
  expect(await agreement.approve(PLACE, WORK)).toBe(true);
  expect(await agreement.approve('hf://lab/model@step2', WORK)).toBe(true);
  expect(ask.mock.calls).toEqual([
    [`Read all weights over the network, ${bytes(40e9)} for 10 analyses? [y/N] `],
  ]);
  expect(agreement.declined).toBeNull();
});

it('reads nothing where the answer is no, nor asks again', async () => {
  const ask = vi.fn(() => Promise.resolve(false));
  const agreement = new Agreement(environment(ask), false);
  for (let i = 0; i < 2; i++)
    await expect(async () => agreement.approve(PLACE, WORK)).rejects.toMatchObject({ code: 'cancelled' });
  expect(ask).toHaveBeenCalledTimes(1);
  expect(agreement.declined).toMatchObject({ code: 'cancelled' });
});

it('refuses where nobody is there to be asked, and says what to add', async () => {
  const agreement = new Agreement(environment(), false);
  await expect(async () => agreement.approve(PLACE, WORK)).rejects.toThrow(/\(4\.0.GB\).*Add --yes/);
  expect(agreement.declined).toMatchObject({ code: 'usage' });
});

it('does not ask where users have agreed beforehand, nor about disks', async () => {
  const ask = vi.fn(() => Promise.resolve(false));
  expect(await new Agreement(environment(ask), true).approve(PLACE, WORK)).toBe(true);
  expect(await new Agreement(environment(ask), false).approve('/disk/model', WORK)).toBe(true);
  expect(ask).not.toHaveBeenCalled();
});
