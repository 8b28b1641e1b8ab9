/**
 * GPT-NeoX and Pythia.
 *
 * Source of names, shapes and the per-head order of q, k and v: the Hugging Face GPTNeoX model definition
 * (`modeling_gpt_neox.py`), whose fused projection is viewed as [heads, 3 × head size]; method §1 and §2.
 */
import { NeuroMfaError } from '../../protocol/errors';
import { indexBlocks } from './blocks';
import { wholeMatrix } from './parts';
import type {
  ArchitectureAdapter,
  ArchitectureView,
  LayerDraw,
  Network,
  Projection,
  Role,
  TargetSegment,
  TensorShape,
} from './types';

const BLOCK = /^(?:gpt_neox\.)?layers\.(\d+)\.(.+)$/;
const QKV = 'attention.query_key_value.weight';
const DENSE = 'attention.dense.weight';
const UP = 'mlp.dense_h_to_4h.weight';
const DOWN = 'mlp.dense_4h_to_h.weight';
const PROJECTIONS = [QKV, DENSE, UP, DOWN];

export const gptNeox: ArchitectureAdapter = {
  id: 'gpt_neox',
  matches: ({ tensors }) => tensors.some(({ name }) => BLOCK.exec(name)?.[2] === QKV),
  build,
};

function build({ tensors, config }: ArchitectureView): Network {
  const blocks = indexBlocks(tensors, BLOCK);
  const projections: Projection[] = [];
  const draws: LayerDraw[] = [];
  for (const [position, block] of blocks.entries()) {
    if (block.index !== position)
      throw misfit(`block ${position} is missing (found block ${block.index} next)`);
    const [qkv, dense, up, down] = PROJECTIONS.map((suffix) => matrix(block.tensors, block.index, suffix));
    const hidden = qkv!.columns;
    expect(qkv!, 3 * hidden, hidden);
    expect(dense!, hidden, hidden);
    expect(up!, up!.rows, hidden);
    expect(down!, hidden, up!.rows);
    if (position > 0 && projections[0]!.sources !== hidden)
      throw misfit(`${qkv!.name} has another width than block 0`);

    // The draws of the reference, in its order: nums1, nums2, nums4, nums5; the last block adds nums6.
    const first = draws.length;
    const last = position === blocks.length - 1;
    const draw = (layer: string, width: number, multiple: number): LayerDraw => ({
      layer: `block ${position} ${layer}`,
      width,
      multiple,
    });
    draws.push(
      draw('attention input', hidden, 1),
      draw('attention heads', hidden, 1),
      draw('MLP input', hidden, 1),
      draw('MLP hidden', up!.rows, 2),
      ...(last ? [draw('output', hidden, 1)] : []),
    );
    const [input, heads, middle, wide, next] = [first, first + 1, first + 2, first + 3, first + 4];
    const projection = (
      weight: Matrix,
      role: Role,
      sources: number,
      targets: Projection['sampling']['targets'],
      segments: readonly TargetSegment[] = [],
    ): Projection => ({
      name: weight.name.replace(/\.weight$/, ''),
      block: position,
      role,
      parts: [wholeMatrix(weight.name, weight.rows, weight.columns)],
      sources: weight.columns,
      targets: weight.rows,
      layout: 'out-in',
      segments,
      sampling: { sources, targets },
    });
    projections.push(
      projection(
        qkv!,
        'attention.qkv',
        input,
        [0, hidden, 2 * hidden].map((offset) => ({ draw: heads, offset })),
        headSegments(hidden, config),
      ),
      projection(dense!, 'attention.out', heads, [{ draw: middle, offset: 0 }]),
      projection(up!, 'mlp.up', middle, [{ draw: wide, offset: 0 }]),
      // `next` is the following block's attention input, or the extra draw of the last block.
      projection(down!, 'mlp.down', wide, [{ draw: next, offset: 0 }]),
    );
  }
  const taken = new Set(projections.flatMap(({ parts }) => parts.map(({ tensor }) => tensor)));
  return {
    architecture: gptNeox.id,
    blocks: blocks.length,
    projections,
    draws,
    skipped: tensors
      .filter(({ name }) => !taken.has(name))
      .map(({ name, shape }) => ({ tensor: name, reason: reasonToSkip(name, shape) })),
  };
}

interface Matrix {
  name: string;
  rows: number;
  columns: number;
}

function matrix(block: ReadonlyMap<string, TensorShape>, index: number, suffix: string): Matrix {
  const tensor = block.get(suffix);
  if (!tensor) throw misfit(`block ${index} has no ${suffix}`);
  const [rows, columns] = tensor.shape;
  if (tensor.shape.length !== 2 || !rows || !columns) {
    throw misfit(`${tensor.name} has shape [${tensor.shape.join(', ')}] where a matrix is expected`);
  }
  return { name: tensor.name, rows, columns };
}

function expect(weight: Matrix, rows: number, columns: number): void {
  if (weight.rows === rows && weight.columns === columns) return;
  throw misfit(
    `${weight.name} has shape [${weight.rows}, ${weight.columns}] where [${rows}, ${columns}] is expected`,
  );
}

/** Rows of the fused projection run head by head, each q, then k, then v. Without a head count they have no labels. */
function headSegments(hidden: number, config: ArchitectureView['config']): TargetSegment[] {
  const heads = config?.['num_attention_heads'];
  if (typeof heads !== 'number' || !Number.isInteger(heads) || heads < 1 || hidden % heads !== 0) return [];
  const count = hidden / heads;
  return Array.from({ length: 3 * heads }, (_, i) => ({
    label: ['query', 'key', 'value'][i % 3]!,
    head: Math.floor(i / 3),
    start: i * count,
    count,
  }));
}

function reasonToSkip(name: string, shape: readonly number[]): string {
  if (/(^|\.)embed_in\.weight$/.test(name)) return 'token embedding: joins no two layers of neurons';
  if (/(^|\.)embed_out\.weight$/.test(name)) return 'output head (unembedding)';
  if (/\.(attention\.bias|attention\.masked_bias)$/.test(name)) return 'buffer: attention mask';
  if (name.endsWith('.rotary_emb.inv_freq')) return 'buffer: rotary position frequencies';
  if (/layer_?norm/.test(name)) return 'normalisation';
  if (name.endsWith('.bias')) return 'bias';
  return shape.length < 2 ? 'not a matrix' : 'not part of a GPT-NeoX block';
}

function misfit(cause: string): NeuroMfaError {
  return new NeuroMfaError(
    'unsupported',
    'GPT-NeoX checkpoint',
    cause,
    'Check that the checkpoint is complete and was saved with its original tensor names',
  );
}
