/** All families, in order of trial where the names fit several and the configuration names none. */
import type { Family } from '../family';
import { CONVOLUTIONAL } from './convolutional';
import { DECODERS } from './decoders';
import { DIFFUSION } from './diffusion';
import { ENCODERS } from './encoders';
import { JOINT_DIFFUSION, MOCHI } from './jointDiffusion';
import { DEEPSEEK, LONGCAT } from './latentAttention';
import { MOBILE } from './mobile';
import { STATE_SPACE } from './stateSpace';
import { VISION } from './vision';

export const FAMILIES: readonly Family[] = [
  // Encoder-decoders before the decoders whose names their halves have.
  ...ENCODERS,
  // Hybrids before the decoders that have half of their names.
  ...STATE_SPACE,
  ...DECODERS,
  LONGCAT,
  DEEPSEEK,
  MOCHI,
  ...DIFFUSION,
  ...JOINT_DIFFUSION,
  // Before the transformers that some of them hold.
  ...MOBILE,
  ...VISION,
  ...CONVOLUTIONAL,
];
