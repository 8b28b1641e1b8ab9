import { describe, expect, it } from 'vitest';
import { withDecodedWeights } from '../../../src/core/quantized/decode';
import type { DType } from '../../../src/core/checkpoint/dtype';
import type { TensorInfo } from '../../../src/core/checkpoint/types';

const tensor = (name: string, dtype: DType, shape: number[]): TensorInfo => ({
  name,
  dtype,
  shape,
  file: { path: '/model.safetensors', stamp: null },
  offset: 0,
  bytes: 0,
});

describe('packed weights without a part of what decodes them', () => {
  it('are refused with what is missing', () => {
    const tensors = [
      tensor('model.layers.0.mlp.up_proj.qweight', 'I32', [16, 128]),
      tensor('model.layers.0.mlp.up_proj.qzeros', 'I32', [4, 16]),
    ];
    const decoded = withDecodedWeights({
      tensors,
      config: { quantization_config: { quant_method: 'gptq', bits: 4, group_size: 32 } },
      read: () => undefined,
    });
    expect(decoded.tensors).toBe(tensors);
    expect(decoded.undecodable.get(tensors[0]!.name)).toBe('no scales are beside it');
  });
});
