/** The architectures we know, and the network of a checkpoint. */
import { NeuroMfaError } from '../../protocol/errors';
import { gptNeox } from './gptNeox';
import type { ArchitectureAdapter, ArchitectureView, Network } from './types';

/** In order of trial: the first that matches builds the network. */
const ADAPTERS: readonly ArchitectureAdapter[] = [gptNeox];

/** How many tensor names an error message lists. */
const NAMED_TENSORS = 6;

/**
 * @param subject the checkpoint, for messages.
 * @throws NeuroMfaError `unsupported` when no adapter knows these tensors; it lists what was found.
 */
export function buildNetwork(view: ArchitectureView, subject: string): Network {
  const adapter = ADAPTERS.find((candidate) => candidate.matches(view));
  if (!adapter) throw unknownArchitecture(view, subject);
  try {
    return adapter.build(view);
  } catch (error) {
    if (!(error instanceof NeuroMfaError)) throw error;
    const { code, cause, nextStep } = error.data;
    throw new NeuroMfaError(code, subject, `it looks like ${adapter.id}, but ${cause}`, nextStep);
  }
}

function unknownArchitecture({ tensors, config }: ArchitectureView, subject: string): NeuroMfaError {
  const type = config?.['model_type'];
  const matrices = tensors.filter(({ shape }) => shape.length >= 2);
  const shown = (matrices.length > 0 ? matrices : tensors)
    .slice(0, NAMED_TENSORS)
    .map(({ name, shape }) => `${name} [${shape.join(', ')}]`);
  const found =
    tensors.length === 0
      ? 'it holds no tensors'
      : `it holds ${tensors.length} tensors, ${matrices.length} of them matrices, such as ${shown.join('; ')}`;
  const known = ADAPTERS.map(({ id }) => id).join(', ');
  return new NeuroMfaError(
    'unsupported',
    subject,
    `unknown architecture${typeof type === 'string' ? ` (model_type "${type}")` : ''}: ${found}`,
    `Architectures supported so far: ${known}`,
  );
}
