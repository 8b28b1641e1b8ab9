/** A host of the inspect view that answers with made-up checkpoints. */
import {
  inspectHostMethods,
  inspectPageMethods,
  type FactsState,
  type InspectModel,
} from '../../src/protocol/inspect';
import { Peer, type Channel } from '../../src/protocol/rpc';
import { columnsOf } from '../../src/protocol/tensorColumns';
import { FACT_KEYS } from '../../src/protocol/tensorFacts';
import { packTensors, type TableOfTensors } from '../../src/protocol/tensorTable';
import { common, l10n } from './common';
import { fixture } from './fixtures';

type Tensor = TableOfTensors['tensors'][number];

const tensor = (name: string, ...shape: number[]): Tensor => ({
  name,
  dtype: 'F16',
  shape,
  bytes: 2 * shape.reduce((product, size) => product * size, 1),
});

/** GPT-NeoX of so many blocks, or with as many experts in each in place of its MLP. */
function table(blocks: number, experts: number): TableOfTensors {
  const tensors: Tensor[] = [tensor('gpt_neox.embed_in.weight', 50304, 768)];
  const projections: TableOfTensors['projections'][number][] = [];
  const skipped: TableOfTensors['skipped'][number][] = [
    { tensor: 'gpt_neox.embed_in.weight', reason: { code: 'token-embedding' } },
  ];
  const join = (block: number, name: string, role: string, targets: number, sources: number): void => {
    tensors.push(tensor(`${name}.weight`, targets, sources));
    const parts = [{ tensor: `${name}.weight` }];
    projections.push({ name, block, role, parts, sources, targets, layout: 'out-in' });
  };
  for (let block = 0; block < blocks; block++) {
    const at = `gpt_neox.layers.${block}`;
    join(block, `${at}.attention.query_key_value`, 'attention.qkv', 2304, 768);
    join(block, `${at}.attention.dense`, 'attention.out', 768, 768);
    for (let expert = 0; expert < experts; expert++) {
      join(block, `${at}.mlp.experts.${expert}.up_proj`, 'expert.up', 3072, 768);
      join(block, `${at}.mlp.experts.${expert}.down_proj`, 'expert.down', 768, 3072);
    }
    if (experts === 0) {
      join(block, `${at}.mlp.dense_h_to_4h`, 'mlp.up', 3072, 768);
      join(block, `${at}.mlp.dense_4h_to_h`, 'mlp.down', 768, 3072);
    }
    tensors.push(tensor(`${at}.input_layernorm.weight`, 768));
    skipped.push({ tensor: `${at}.input_layernorm.weight`, reason: { code: 'normalization' } });
  }
  return { tensors, projections, skipped };
}

const HOSTILE: TableOfTensors = {
  tensors: [
    tensor('<img src=x onerror=alert(1)>', 3),
    tensor(`${'a_name_that_never_ends_and_has_no_dot_'.repeat(8)}.weight`, 1, 2, 3, 4, 5, 6, 7, 8),
    tensor('', 0),
  ],
  projections: [],
  skipped: [],
};

function factsOf(scenario: string): FactsState {
  if (scenario === 'facts-running') return { kind: 'running', done: 12, total: 148 };
  if (scenario !== 'facts') return { kind: 'none' };
  const tensors = table(12, 0).tensors.map(({ name, shape, dtype }, i) => ({
    ...{ name, shape, type: dtype },
    numbers: i === 3 ? FACT_KEYS.map(() => null) : [-0.1 * i, 0.2, 1e-5 * i, 0.02, 0.021, i, 0, 0],
  }));
  return { kind: 'done', tensors: columnsOf(tensors) };
}

function model(scenario: string): InspectModel {
  const name = scenario === 'hostile' ? '<b>x</b>' : 'pythia-160m/step143000';
  const shown = {
    name,
    facts: factsOf(scenario),
    changed: scenario === 'changed' ? ('overwritten' as const) : null,
    l10n,
  };
  if (scenario === 'reading') return { ...shown, state: { kind: 'reading' } };
  const error = {
    code: 'unsupported',
    subject: '/models/step143000/model.safetensors',
    cause: 'block 3 has no query',
    nextStep: 'Check that the checkpoint is complete and was saved with its original tensor names',
  } as const;
  if (scenario === 'failed') return { ...shown, state: { kind: 'failed', error } };
  const tables = scenario === 'many' ? table(48, 128) : table(12, 0);
  const tensors = packTensors(scenario === 'hostile' ? HOSTILE : tables);
  const { checkpoint } = fixture({ name, step: 143_000, parameters: 162_322_944 }).result;
  return {
    ...shown,
    state: {
      kind: 'done',
      inspection: {
        checkpoint,
        format: 'safetensors',
        metadataLeftOut: 0,
        metadata: scenario === 'many' ? [] : [['format', 'pt']],
        blocks: 12,
        fault: scenario === 'hostile' ? error : null,
        warnings:
          scenario === 'many'
            ? [
                {
                  code: 'weights-left-out',
                  tensors: 3,
                  share: 0.12,
                  tensor: 'gpt_neox.other.weight',
                  reason: { code: 'three-dimensions' },
                },
              ]
            : [],
        tensors,
      },
    },
  };
}

export function inspectHost(
  channel: Channel,
  scenario: string,
): Peer<typeof inspectHostMethods, typeof inspectPageMethods> {
  const { showLog, report } = common;
  const ready = (): InspectModel => {
    const told = { tensors: 311_296, blocks: 12, ofBlocks: 61 };
    if (scenario === 'reading') setTimeout(() => void peer.call('reading', told));
    return model(scenario);
  };
  const peer = new Peer(
    channel,
    inspectHostMethods,
    {
      ready,
      remember: () => null,
      read: () => null,
      analyze: () => null,
      chooseWeights: () => null,
      computeFacts: () => null,
      cancelFacts: () => null,
      saveFacts: () => ({ path: '/home/user/facts.csv' }),
      histogram: () => ({ min: -1, max: 1, counts: Array.from({ length: 64 }, (_, i) => i * (63 - i)) }),
      showLog,
      report,
    },
    inspectPageMethods,
  );
  return peer;
}
