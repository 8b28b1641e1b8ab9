/** The tools of agents: names, descriptions and arguments, the same for every program that offers them. */
import * as v from 'valibot';

/** Longest path; the system's own limit is 4096. */
const MAX_PATH = 4096;
const path = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_PATH));

const schemas = {
  neuromfa_list_runs: v.strictObject({ folder: path }),
  neuromfa_analyze: v.strictObject({ path, nulls: v.optional(v.boolean(), true) }),
  neuromfa_compare: v.strictObject({ a: path, b: path, nulls: v.optional(v.boolean(), true) }),
  neuromfa_explain: v.strictObject({
    term: v.picklist(['alpha0', 'width', 'emergence', 'nulls', 'beyond', 'metrics', 'limits']),
  }),
};
export type ToolName = keyof typeof schemas;
export type ToolArguments<N extends ToolName> = v.InferOutput<(typeof schemas)[N]>;
export type Term = ToolArguments<'neuromfa_explain'>['term'];

/** JSON Schema of the arguments. */
interface InputSchema {
  type: 'object';
  properties: Record<string, { type: string; description: string; enum?: readonly string[] }>;
  required: string[];
  additionalProperties: false;
}

export interface Tool {
  name: ToolName;
  description: string;
  inputSchema: InputSchema;
}

const text = (description: string): { type: string; description: string } => ({
  type: 'string',
  description,
});
const nulls = {
  type: 'boolean',
  description:
    'Also draw null models, which tell how much of a number is the size of the weights (default: true)',
};

export const TOOLS: readonly Tool[] = [
  {
    name: 'neuromfa_list_runs',
    description:
      'Lists the training runs below a folder: their checkpoints, steps and formats. Reads names and headers only.',
    inputSchema: object({ folder: text('Absolute path of a folder on this machine') }, ['folder']),
  },
  {
    name: 'neuromfa_analyze',
    description:
      'Neuron-based multifractal analysis of a checkpoint, or of all checkpoints of a training run: regularity α₀, heterogeneity w, and for runs the degree of emergence E, each with its interval, null models and cautions. Takes seconds to minutes.',
    inputSchema: object({ path: text('Absolute path of a checkpoint, or of the folder of a run'), nulls }, [
      'path',
    ]),
  },
  {
    name: 'neuromfa_compare',
    description:
      'What differs between two checkpoints or two runs: α₀ and w with paired intervals, and which tensors changed, by how much, are missing or have another shape.',
    inputSchema: object(
      { a: text('Absolute path of a checkpoint, or of the folder of a run'), b: text('Another one'), nulls },
      ['a', 'b'],
    ),
  },
  {
    name: 'neuromfa_explain',
    description: 'What a number of the analysis means, and what it does not.',
    inputSchema: object(
      { term: { ...text('Which one'), enum: schemas.neuromfa_explain.entries.term.options } },
      ['term'],
    ),
  },
];

function object(properties: InputSchema['properties'], required: string[]): InputSchema {
  return { type: 'object', properties, required, additionalProperties: false };
}

/** @throws Error that names the argument and what is wrong with it. */
export function argumentsOf<N extends ToolName>(name: N, given: unknown): ToolArguments<N> {
  const parsed = v.safeParse(schemas[name], given);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue) ?? 'the arguments';
  throw new Error(`${name}: ${where}: ${issue.message}. See the schema of its arguments.`);
}

/** The meaning of terms, with the cautions that go with them. */
export const EXPLANATIONS: Readonly<Record<Term, string>> = {
  alpha0:
    'α₀, regularity: the exponent at the top of the multifractal spectrum of a network of neurons, in which strong weights are short edges. The paper (Xiao et al., ICLR 2025) reads a lower one as more ordered connections. It depends on how large the weights are and on the width of layers: compare only networks of the same shape and settings. Where the counts are no power law (`scaling` is "none"), it averages over different local slopes.',
  width:
    'w, heterogeneity: the width of the multifractal spectrum. Larger means that neurons differ more. It changes with the size of the weights as well; `beyondWidth` says how far it is beyond the same weights reshuffled.',
  emergence:
    'E, degree of emergence: (w/w(0)) · ln(α₀(0)/α₀), relative to a baseline such as the first checkpoint. Mostly it follows the size of the weights: compare it with `emergenceOfGaussian`, what Gaussian weights of the same size give. It is not comparable across sizes of models, and no interval holds how training itself varies.',
  nulls:
    'Null models: the same weights reshuffled within their tensors (`shuffled`), and Gaussian weights of the same mean and deviation (`gaussian`). What they give as well is no sign of structure.',
  beyond:
    'beyondWidth: ln(w / w of the same weights reshuffled), for a single checkpoint and without a baseline. An interval that holds 0 means: no more than chance. The one-hop analysis sees distributions of weights per neuron, never their wiring.',
  metrics:
    'Losses and scores beside a run correlate with E as with anything that grows during training: compare each correlation with that of log(step). There is no p and no interval within one run; several runs at one step have intervals.',
  limits:
    'One hop cannot see wiring; E is mostly the size of weights; there is rarely a power law; full and sampled results, other settings and other shapes are not comparable.',
};
