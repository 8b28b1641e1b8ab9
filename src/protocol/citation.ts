/** How to cite the method; goes into every export. */
export const CITATION = {
  text: 'Xiao et al., "Neuron-based Multifractal Analysis of Neuron Interaction Dynamics in Large Models", ICLR 2025, arXiv:2402.09099.',
  url: 'https://arxiv.org/abs/2402.09099',
} as const;
