/** Tensors of three dimensions that are no one-dimensional convolutions. */
import { isOfExperts } from './experts';
import { numberBefore, type NamedTensor } from './names';

/** A convolution that is longer has not as many channels as taps by chance. */
const SQUARE = 8;
const NAMED = /(^|[._])_?(bil|bilin|bilinear|biaffine)(_?\w+|\d*)?([._]|$)|bilinear|biaffine/i;
const CONVOLUTION =
  /conv|cnn|tcn|kernel|wave|down|(^|[._])ups?(\d|[._]|$)|sample|filter|stem|patch|temporal|transp|(^|[._])dw/i;

/**
 * Whether a tensor [n, a, b] holds a matrix [a, b] for each of n outputs (bilinear layers), or for each of n relations:
 * its numbers are no edges from neuron to neuron.
 * @param bias the length of its bias, if it has one.
 * @param kernels the number of tensors of three and more dimensions in the model, itself included.
 */
export function isBilinear(
  { tensor, path, routed }: NamedTensor,
  bias: number | undefined,
  kernels: number,
): boolean {
  const [outputs = 0, first = 0, second = 0, ...more] = tensor.shape;
  if (tensor.axes || second <= 1 || more.length > 0 || routed || isOfExperts(path)) return false;
  if (NAMED.test(path)) return true;
  // Matrices of relations write what a bias is as long as; a transposed kernel has other taps.
  if (bias === second && bias !== outputs && second >= SQUARE && !/transp|deconv|(^|[._])up/i.test(path))
    return true;
  // Layers with two inputs are in no sequence.
  if (first === 1 || CONVOLUTION.test(path) || numberBefore(path, path.length) < path.length) return false;
  if (second > SQUARE * 4) return bias === outputs;
  return (first === second && second >= SQUARE) || second % 2 === 0 || kernels === 1;
}
