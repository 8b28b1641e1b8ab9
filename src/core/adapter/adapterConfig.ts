/**
 * What is written down about a low-rank adapter: PEFT's `adapter_config.json`, or the same entries in the metadata that
 * diffusers puts into the file, `unet.lora_alpha` and so on.
 */
import { dirname } from 'node:path';
import { NeuroMfaError } from '../../protocol/errors';
import { readConfig } from '../checkpoint/config';
import type { Checkpoint } from '../checkpoint/types';
import { otherKind } from './halves';

export const ADAPTER_CONFIG_NAME = 'adapter_config.json';
const METADATA = 'lora_adapter_metadata';

/** Initialisations that take from the base what they put into the halves: then base + B · A is not the model. */
const CHANGES_BASE = /^(pissa|olora|corda|loftq|lora_ga)/i;

export interface AdapterConfig {
  /** What the base is called: a path, or a model on a hub. */
  baseName: string | null;
  /** The layers' weights are stored [in, out]. */
  fanInFanOut: boolean;
  /** Entries that tell the scale of a layer's update; null where nothing is written down for it. */
  scaling(layer: string): Scaling | null;
}

export interface Scaling {
  alpha: number;
  /** Divides by the root of the rank instead of the rank (Kalajdzievski 2023). */
  rankStabilised: boolean;
}

type Entries = Readonly<Record<string, unknown>>;

/** @throws NeuroMfaError `damaged` for a file that is no configuration, `unsupported` for adapters of other kinds. */
export function adapterConfig({ path, metadata }: Checkpoint): AdapterConfig {
  const beside = readConfig(dirname(path), ADAPTER_CONFIG_NAME);
  const sections = beside ? [{ prefix: '', entries: beside }] : metadataSections(metadata[METADATA]);
  for (const { entries } of sections) expectPlain(entries, path);
  const all = sections.map(({ entries }) => entries);
  const name = beside?.['base_model_name_or_path'];
  return {
    baseName: typeof name === 'string' && name !== '' ? name : null,
    fanInFanOut: all.some((entries) => entries['fan_in_fan_out'] === true),
    scaling: (layer) => {
      const section = sections.find(({ prefix }) => layer.startsWith(prefix));
      return section ? scalingOf(section.entries, layer.slice(section.prefix.length), path) : null;
    },
  };
}

/** Entries of each part of a pipeline, `unet.`, `text_encoder.`; none where the text is not of that kind. */
function metadataSections(text: string | undefined): { prefix: string; entries: Entries }[] {
  const sections = new Map<string, Record<string, unknown>>();
  for (const [key, value] of Object.entries(parsed(text))) {
    const dot = key.indexOf('.');
    const prefix = key.slice(0, dot + 1);
    const section = sections.get(prefix) ?? {};
    section[key.slice(dot + 1)] = value;
    sections.set(prefix, section);
  }
  return [...sections].map(([prefix, entries]) => ({ prefix, entries }));
}

function parsed(text: string | undefined): Entries {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Entries) : {};
  } catch {
    return {};
  }
}

/** @throws NeuroMfaError `unsupported` where B · A is not what the adapter adds to its base. */
function expectPlain(entries: Entries, subject: string): void {
  const kind = entries['peft_type'];
  if (typeof kind === 'string' && kind !== 'LORA')
    throw otherKind(subject, kind, `peft_type in ${ADAPTER_CONFIG_NAME}`);
  if (entries['use_dora'] === true) throw otherKind(subject, 'DoRA', `use_dora in ${ADAPTER_CONFIG_NAME}`);
  if (entries['use_qalora'] === true)
    throw otherKind(subject, 'QALoRA', `use_qalora in ${ADAPTER_CONFIG_NAME}`);
  if (Array.isArray(entries['layer_replication']))
    throw otherKind(subject, 'layer replication', `layer_replication in ${ADAPTER_CONFIG_NAME}`);
  const init = entries['init_lora_weights'];
  if (typeof init === 'string' && CHANGES_BASE.test(init))
    throw otherKind(subject, init, `init_lora_weights in ${ADAPTER_CONFIG_NAME}, which changes the base`);
}

function scalingOf(entries: Entries, layer: string, subject: string): Scaling | null {
  const alpha = patternValue(entries['alpha_pattern'], layer, subject) ?? entries['lora_alpha'];
  if (alpha === undefined) return null;
  if (typeof alpha !== 'number' || !Number.isFinite(alpha)) {
    throw damaged(subject, `the alpha of ${layer} is not a number`);
  }
  return { alpha, rankStabilised: entries['use_rslora'] === true };
}

/**
 * The value for a layer whose path ends in the first key that fits, as PEFT looks it up. Keys may be regular expressions
 * there; here they are names, because a checkpoint must not decide what runs how long.
 */
function patternValue(patterns: unknown, layer: string, subject: string): unknown {
  if (typeof patterns !== 'object' || patterns === null) return undefined;
  const path = layer.replace(/^base_model\.model\./, '');
  for (const [key, value] of Object.entries(patterns)) {
    const name = key.replace(/^\^/, '').replaceAll('\\.', '.');
    if (!/^[\w.-]+$/.test(name)) {
      throw new NeuroMfaError(
        'unsupported',
        subject,
        `alpha_pattern in ${ADAPTER_CONFIG_NAME} has the regular expression ${JSON.stringify(key)}`,
        'Write the names of the layers in its place',
      );
    }
    if (path === name || (!key.startsWith('^') && path.endsWith(`.${name}`))) return value;
  }
  return undefined;
}

function damaged(subject: string, cause: string): NeuroMfaError {
  return new NeuroMfaError('damaged', subject, `${ADAPTER_CONFIG_NAME}: ${cause}`, 'Save the adapter again');
}
