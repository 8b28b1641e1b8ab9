/** A language model names no addresses: nothing is asked of a server because it wants that. */
import { expect, it, vi } from 'vitest';
import { callTool } from '../../../src/core/agents/callTool';

it.each([
  ['neuromfa_analyze', { path: 'hf://owner/model' }],
  ['neuromfa_analyze', { path: 's3://bucket/run/' }],
  ['neuromfa_list_runs', { folder: 'https://host/runs/' }],
  ['neuromfa_compare', { a: '/disk/model', b: 'hf://owner/model@step1' }],
])('%s of an address is refused with what can be done: %j', async (name, given) => {
  const read = vi.fn();
  const host = { analysis: read, series: read, comparison: read };
  await expect(callTool(name, given, host)).rejects.toThrow(
    /read for users alone.*ask the user to run neuromfa/,
  );
  expect(read).not.toHaveBeenCalled();
});
