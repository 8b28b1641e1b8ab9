import { describe, expect, it } from 'vitest';
import { NetworkChoice } from '../../../src/extension/services/networkChoice';
import { NeuroMfaError } from '../../../src/protocol/errors';
import type { ListedProjection, NetworkListing } from '../../../src/protocol/inspectionListing';
import type { SubsetInput } from '../../../src/protocol/subset';

const NOTHING: SubsetInput = { include: [], exclude: [], blocks: [], roles: [] };

const projection = (name: string, block: number, role: string): ListedProjection => ({
  name,
  block,
  role,
  tensors: [`${name}.weight`],
  sources: 8,
  targets: 8,
  layout: 'out-in',
});
const language = [0, 1, 2].flatMap((block) => [
  projection(`layers.${block}.attention`, block, 'attention.qkv'),
  projection(`layers.${block}.mlp`, block, 'mlp.up'),
]);
const vision = [0, 1].map((block) => projection(`stage.${block}.conv`, block, 'conv.first'));

function choice(...paths: string[]): { asked: NetworkChoice; read: string[] } {
  const networks: Record<string, Omit<NetworkListing, 'fault'>> = {
    '/language': { blocks: 3, projections: language },
    '/vision': { blocks: 2, projections: vision },
  };
  const read: string[] = [];
  const list = (path: string): Promise<NetworkListing> => {
    read.push(path);
    const network = networks[path];
    const damaged = new NeuroMfaError('damaged', path, 'it is cut short', 'Fetch it again');
    const fault = path === '/strange' ? damaged.data : null;
    if (!network && !fault) return Promise.reject(damaged);
    return Promise.resolve({ blocks: 0, projections: [], fault, ...network });
  };
  return { asked: new NetworkChoice(list, () => paths), read };
}

describe('NetworkChoice', () => {
  it('tells what there is, of all networks together', async () => {
    expect(await choice('/language', '/vision').asked.outline()).toEqual({
      blocks: 3,
      roles: [
        { role: 'attention.qkv', projections: 3 },
        { role: 'mlp.up', projections: 3 },
        { role: 'conv.first', projections: 2 },
      ],
      example: 'layers.0.attention',
    });
  });

  it('reads every header once for a choice, and anew for another', async () => {
    const { asked, read } = choice('/language', '/vision');
    await asked.outline();
    await asked.check(NOTHING);
    await asked.subset(NOTHING);
    expect(read).toEqual(['/language', '/vision']);
    await asked.outline();
    expect(read).toHaveLength(4);
  });

  it.each<[Partial<SubsetInput>, number]>([
    [{}, 8],
    [{ roles: ['attention'] }, 3],
    [{ blocks: ['0-1'] }, 6],
    [{ blocks: ['2'] }, 2],
    [{ exclude: ['layers.*.weight'] }, 2],
  ])('counts what %j takes, also where it takes nothing of one of them', async (input, projections) => {
    const { asked } = choice('/language', '/vision');
    expect(await asked.check({ ...NOTHING, ...input })).toEqual({ projections, of: 8 });
  });

  it('says what is wrong, and about what', async () => {
    const { asked } = choice('/language', '/vision');
    const fault = async (input: Partial<SubsetInput>): Promise<unknown> =>
      asked.subset({ ...NOTHING, ...input }).catch((error: unknown) => (error as NeuroMfaError).data);
    expect(await fault({ blocks: ['3-1'] })).toMatchObject({ subject: 'blocks', code: 'usage' });
    expect(await fault({ roles: ['attn'] })).toMatchObject({ subject: 'roles' });
    expect(await fault({ include: ['nothing*'] })).toMatchObject({
      subject: '/language',
      cause: 'the choice of names, blocks and roles leaves no projection',
    });
  });

  it('gives the subset, null for all of the network', async () => {
    const { asked } = choice('/language');
    expect(await asked.subset(NOTHING)).toBeNull();
    expect(await asked.subset({ ...NOTHING, blocks: ['1', '2'] })).toMatchObject({ blocks: [[1, 2]] });
  });

  it('makes do with the networks that can be read, and tries the others again', async () => {
    const { asked, read } = choice('/gone', '/vision', '/strange');
    expect((await asked.outline()).blocks).toBe(2);
    await asked.check(NOTHING);
    expect(read).toEqual(['/gone', '/vision', '/strange', '/gone', '/strange']);
  });

  it('fails where none can be read, and where there is none', async () => {
    await expect(choice('/gone').asked.outline()).rejects.toThrow('cut short');
    await expect(choice('/strange').asked.check(NOTHING)).rejects.toThrow('cut short');
    await expect(choice().asked.outline()).rejects.toThrow('no checkpoint is shown');
  });
});
