/** Recognizes experts by name before anything else: their parts have the names of any other MLP. */
import type { Role } from './types';

/** A module that contains experts, or is one. Towers may be called experts too (`gemma_expert`), but are none. */
export const EXPERTS =
  /(?:^|\.)(?:(?:\w+_)?experts|(?:(?:shared|routed|local)_)?expert(?:_?\d+)?|switch_mlp)(?=\.|$)/;
/** llama.cpp's names for all experts of a block, and for the shared ones. */
const PACKED_EXPERTS = /_(?:ch|sh)?exps?$/;

/** The layer that writes an MLP's output, by the last part of its name. */
const DOWN =
  /(?:(?:^|[._])(?:down|down_proj|w2|wo|fc2|mlp2|fc_out|lin2|linear_?2|linear_fc2|dense_4h_to_h|output_linear|c_proj)|(?:^|\.)proj)(?:_weight|\.weight\d+|\.kernel)?$/i;
const UP =
  /(?:^|[._])(?:gate|up|gate_proj|up_proj|gate_up_proj|gate_and_up_proj|w1|w3|wi|mlp1|wi_\d|fc1|fc_in|lin1|linear_?1|linear_v|linear_fc1|dense_h_to_4h|input_linear|c_fc)(?:_weight|\.weight\d+|\.kernel)?$/i;

/** @param path the path of a layer, see `layerPath`. */
export function isOfExperts(path: string): boolean {
  return EXPERTS.test(path) || PACKED_EXPERTS.test(path);
}

/**
 * The role of an expert's layer; null for any other layer.
 * @param path the path of the layer, see `layerPath`. @param routed whether a router chooses among such layers,
 *   whatever their names.
 */
export function expertRole(path: string, sources: number, targets: number, routed = false): Role | null {
  if (!routed && !isOfExperts(path)) return null;
  const leaf = path.replace(PACKED_EXPERTS, '');
  if (DOWN.test(leaf)) return 'expert.down';
  return UP.test(leaf) || targets > sources ? 'expert.up' : 'expert.down';
}
