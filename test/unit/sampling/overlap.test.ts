import { describe, expect, it } from 'vitest';
import { sampleOverlap } from '../../../src/core/sampling/overlap';

const draws = [16, 32, 64].map((width, i) => ({ layer: `${i}`, width, multiple: 1 }));
const joined = (sources: number, targets: number, taps = 1) => ({
  sampling: { sources, targets: [{ draw: targets, offset: 0 }] },
  parts: [{ taps }],
});

describe('what samples have in common', () => {
  it('is all where every layer is taken whole', () => {
    expect(sampleOverlap([joined(0, 1), joined(1, 2)], draws, 64)).toBe(1);
  });

  it('is the mean share of edges, each as often as it is taken', () => {
    // 16 of 16 and 32 of 32: all 512 edges; 32 of 32 and 32 of 64: half of what is taken, 1,024 edges with 9 taps each.
    const share = (512 * 1 + 9 * 1024 * 0.5) / (512 + 9 * 1024);
    expect(sampleOverlap([joined(0, 1), joined(1, 2, 9)], draws, 32)).toBeCloseTo(share, 15);
  });

  it('is nothing to speak of where samples are small, and of no network', () => {
    expect(sampleOverlap([joined(2, 2)], draws, 16)).toBe(0);
    expect(sampleOverlap([], draws, 16)).toBe(0);
  });
});
