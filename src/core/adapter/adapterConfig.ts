/**
 * Reads the description of a low-rank adapter: PEFT's or mlx-lm's `adapter_config.json`, or the entries that PEFT and
 * diffusers put into the file's metadata (`unet.lora_alpha` and so on).
 */
import { dirname } from 'node:path';
import { NeuroMfaError } from '../../protocol/errors';
import { quoted, shortened } from '../../protocol/visible';
import { readConfig } from '../checkpoint/config';
import { checkJsonLimits, levels, type JsonLimits } from '../checkpoint/strictJson';
import type { Checkpoint } from '../checkpoint/types';
import { AlphaPattern } from './alphaPattern';
import { fusedExperts, otherKind } from './halves';

export const ADAPTER_CONFIG_NAME = 'adapter_config.json';
const METADATA = 'lora_adapter_metadata';

/** Each part of a pipeline has some thirty entries, among them lists and maps of layers. */
const METADATA_LIMITS: JsonLimits = {
  levels: [...levels(1, 10_000), ...levels(7, 100_000)],
  containers: 100_000,
};
/** The longest path that any system allows. */
const MAX_BASE_NAME = 4096;
/** A pipeline has a handful of parts. */
const MAX_PARTS = 64;

/** Initializations that move part of the base into the halves: the model is then not base + B · A. */
const CHANGES_BASE = /^(pissa|olora|corda|loftq|lora_ga)/i;

export interface AdapterConfig {
  /** The name of the base: a path, or a model on a hub. */
  baseName: string | null;
  /** Whether the layers' weights are stored [in, out]. */
  fanInFanOut: boolean;
  /** The entries that give the scale of a layer's update; null where there are none. */
  scaling(layer: string): Scaling | null;
}

export interface Scaling {
  alpha: number;
  /** What alpha is divided by: the rank, its root (Kalajdzievski 2023), or nothing. */
  by: 'rank' | 'root' | 'one';
}

type Entries = Readonly<Record<string, unknown>>;

interface Section {
  prefix: string;
  entries: Entries;
  alphas: AlphaPattern;
}

/** @throws NeuroMfaError `damaged` for a file that is no configuration, `unsupported` for adapters of other kinds. */
export function adapterConfig({ path, metadata }: Checkpoint): AdapterConfig {
  const beside = readConfig(dirname(path), ADAPTER_CONFIG_NAME);
  const sections = beside ? [section('', beside)] : metadataSections(metadata[METADATA] ?? '', path);
  for (const { entries } of sections) expectPlain(entries, path);
  const all = sections.map(({ entries }) => entries);
  const name = beside?.['base_model_name_or_path'] ?? beside?.['model'];
  return {
    baseName: typeof name === 'string' && name !== '' && name.length <= MAX_BASE_NAME ? name : null,
    fanInFanOut: all.some((entries) => entries['fan_in_fan_out'] === true),
    scaling: (layer) => {
      const own = sections.find(({ prefix }) => layer.startsWith(prefix));
      return own ? scalingOf(own, layer.slice(own.prefix.length), path) : null;
    },
  };
}

function section(prefix: string, entries: Entries): Section {
  return { prefix, entries, alphas: new AlphaPattern(entries['alpha_pattern']) };
}

/**
 * The entries of each part of a pipeline, such as `unet.` and `text_encoder.`; none where the text is something else.
 * @throws NeuroMfaError `damaged` where there are more entries than any pipeline has.
 */
function metadataSections(text: string, subject: string): Section[] {
  const parts = new Map<string, Record<string, unknown>>();
  for (const [key, value] of Object.entries(parsed(text, subject))) {
    const dot = key.indexOf('.');
    const prefix = key.slice(0, dot + 1);
    const part = parts.get(prefix) ?? {};
    part[key.slice(dot + 1)] = value;
    parts.set(prefix, part);
  }
  if (parts.size > MAX_PARTS) throw tooMuch(subject, `has more than ${MAX_PARTS} parts`);
  return [...parts].map(([prefix, entries]) => section(prefix, entries));
}

function parsed(text: string, subject: string): Entries {
  try {
    checkJsonLimits(Buffer.from(text), METADATA_LIMITS);
  } catch (error) {
    throw tooMuch(subject, (error as Error).message);
  }
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Entries) : {};
  } catch {
    return {};
  }
}

function tooMuch(subject: string, cause: string): NeuroMfaError {
  return new NeuroMfaError('damaged', subject, `its ${METADATA} ${cause}`, 'Save the adapter again');
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
  const { fine_tune_type: tuned, target_parameters: parameters } = entries;
  if (typeof tuned === 'string' && tuned !== 'lora')
    throw otherKind(subject, tuned, `fine_tune_type in ${ADAPTER_CONFIG_NAME}`);
  if (Array.isArray(parameters) && parameters.length > 0)
    throw fusedExperts(subject, `target_parameters in ${ADAPTER_CONFIG_NAME}`);
  const init = entries['init_lora_weights'];
  if (typeof init === 'string' && CHANGES_BASE.test(init))
    throw otherKind(subject, init, `init_lora_weights in ${ADAPTER_CONFIG_NAME}, which changes the base`);
}

function scalingOf({ entries, alphas }: Section, layer: string, subject: string): Scaling | null {
  const own = alphas.find(layer.replace(/^base_model\.model\./, ''));
  if (own && 'expression' in own) {
    throw new NeuroMfaError(
      'unsupported',
      subject,
      `alpha_pattern in ${ADAPTER_CONFIG_NAME} has the regular expression ${quoted(own.expression)}, which is not read here`,
      'Write the names of the layers in its place, such as model.layers.0.self_attn.q_proj',
    );
  }
  const mlx = entries['lora_parameters'] as Entries | null | undefined;
  const scale = own ? undefined : mlx?.['scale'];
  const alpha = own?.value ?? scale ?? entries['lora_alpha'];
  if (alpha === undefined) return null;
  if (typeof alpha !== 'number' || !Number.isFinite(alpha) || alpha <= 0) {
    throw damaged(subject, `the alpha of ${shortened(layer)} is not a positive number`);
  }
  if (scale !== undefined) return { alpha, by: 'one' };
  return { alpha, by: entries['use_rslora'] === true ? 'root' : 'rank' };
}

function damaged(subject: string, cause: string): NeuroMfaError {
  return new NeuroMfaError('damaged', subject, `${ADAPTER_CONFIG_NAME}: ${cause}`, 'Save the adapter again');
}
