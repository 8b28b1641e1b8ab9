/** Tensors of the inspect view with known answers. */
import { packTensors } from '../../../../src/protocol/tensorTable';
import { Tensors } from '../../../../webview/inspect/tensors';

const projection = {
  name: 'layers.0.mlp.up',
  block: 0,
  role: 'mlp.up',
  parts: [{ tensor: 'layers.0.mlp.up.weight' }],
  sources: 512,
  targets: 2048,
  layout: 'out-in' as const,
};

export const PACKED = packTensors({
  tensors: [
    { name: 'embed.weight', dtype: 'BF16', shape: [1000, 512], bytes: 1_024_000 },
    { name: 'layers.0.Attn.qkv.weight', dtype: 'F16', shape: [1536, 512], bytes: 1_572_864 },
    { name: 'layers.0.experts', dtype: 'F16', shape: [2, 512, 64], bytes: 131_072 },
    { name: 'layers.0.mlp.up.weight', dtype: 'F16', shape: [2048, 512], bytes: 2_097_152 },
    { name: 'layers.0.norm.weight', dtype: 'F32', shape: [512], bytes: 2048 },
    { name: 'zähler', dtype: 'I64', shape: [], bytes: 8 },
  ],
  projections: [
    {
      ...projection,
      name: 'layers.0.Attn.qkv',
      role: 'attention.qkv',
      parts: [{ tensor: 'layers.0.Attn.qkv.weight' }],
      layout: 'in-out',
    },
    projection,
    {
      ...projection,
      name: 'layers.0.experts[0]',
      role: 'expert.up',
      parts: [{ tensor: 'layers.0.experts' }],
    },
    {
      ...projection,
      name: 'layers.0.experts[1]',
      role: 'expert.up',
      parts: [{ tensor: 'layers.0.experts' }],
      block: null,
    },
  ],
  skipped: [
    { tensor: 'embed.weight', reason: { code: 'pooler' } },
    { tensor: 'layers.0.norm.weight', reason: { code: 'normalization' } },
  ],
});

export const tensors = new Tensors(PACKED);

export function namesOf(rows: Iterable<number>, of: Tensors = tensors): string[] {
  return Array.from(rows, (row) => of.names.at(row));
}
