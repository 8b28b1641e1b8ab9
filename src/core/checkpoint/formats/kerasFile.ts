/**
 * Keras: weights in HDF5, as `.h5` of Keras 2 (with its layers as JSON in an attribute), `.weights.h5` of Keras 3, or in a
 * `.keras` archive with `config.json` beside them.
 */
import { integer } from '../../../protocol/format';
import { MAX_TENSORS } from './caps';
import { basename } from '../../storage/paths';
import { NeuroMfaError } from '../../../protocol/errors';
import { shortened } from '../../../protocol/visible';
import type { ByteSource } from '../../storage/storage';
import { DTYPE_BITS } from '../dtype';
import { levels, parseStrictJson } from '../strictJson';
import { joinTensorFiles, type TensorFile } from '../tensorFiles';
import type { Checkpoint, TensorInfo } from '../types';
import type { CheckpointFile } from './format';
import { hdf5Start, isHdf5 } from './heads';
import { isOtherHdf5, readHdf5, type Dataset, type Hdf5 } from './hdf5';
import { kerasLayers, kerasPaths, layerAt, orderOf, saidOf, type KerasLayer } from './kerasLayers';
import { countElements, FormatFault, readFormat } from './reading';
import { memberContent, memberStarts, readZipDirectory } from './zip';

/** See `CheckpointFile.open`. */
export function openKeras(
  { id }: CheckpointFile,
  path: string,
  onTensors: (count: number) => void = () => undefined,
): Checkpoint {
  const file = readFormat(path, isHdf5, (source) =>
    readWeights(source, hdf5Start(source) ?? 0, source.size, undefined, onTensors),
  );
  return joinTensorFiles(path, id, [file], { onTensors });
}

/** See `CheckpointFile.open`. */
export function openKerasArchive(
  kind: CheckpointFile,
  path: string,
  onTensors: (count: number) => void = () => undefined,
): Checkpoint {
  const file = readFormat(
    path,
    (head) => kind.sniffs(head, path),
    (source) => readKerasArchive(source, onTensors),
  );
  return joinTensorFiles(path, kind.id, [file], { onTensors });
}

/**
 * The tensors of an HDF5 file, given as bytes of a source.
 * @param layers by the names in the file; absent where the file itself may contain them.
 * @throws FormatFault; NeuroMfaError `unsupported` for values that are not stored as they are.
 */
function readWeights(
  source: ByteSource,
  start: number,
  end: number,
  layers: ReadonlyMap<string, KerasLayer> | undefined,
  onTensors: (count: number) => void,
): TensorFile {
  let file: Hdf5;
  try {
    file = readHdf5(source, start, end, onTensors);
  } catch (error) {
    throw isOtherHdf5(error) ? notContiguous(source, (error as Error).message) : error;
  }
  const known = layers ?? kerasLayers(jsonOf(file.texts.get('model_config') ?? ''));
  const tensors = file.datasets.flatMap((dataset, position) => tensorOf(dataset, position, source, known));
  const names = new Set(tensors.map(({ name }) => name));
  if (names.size < tensors.length) throw new FormatFault('two of its datasets have one name');
  const version = file.texts.get('keras_version');
  return { source, headers: file.headers, tensors, metadata: version ? { keras_version: version } : {} };
}

const JSON_LIMITS = { levels: levels(256, MAX_TENSORS), containers: 10_000_000 };

/** Null for text that is not JSON: then only names are known. */
function jsonOf(text: string): unknown {
  try {
    return parseStrictJson(Buffer.from(text), JSON_LIMITS);
  } catch {
    return null;
  }
}

/** Null for vectors whose values are not stored as they are. @throws NeuroMfaError */
function tensorOf(
  { path, shape, dtype, values, fault }: Dataset,
  position: number,
  source: ByteSource,
  layers: ReadonlyMap<string, KerasLayer>,
): TensorInfo[] {
  // TensorFlow appends the number of an output to the names of variables.
  const own = path.map((name) => name.replace(/:0$/, ''));
  const name = own.join('/');
  const isLink = dtype === null && fault !== null && shape.length === 0;
  if (fault !== null && (isLink || (dtype !== null && shape.length > 1)))
    throw notContiguous(source, `of ${JSON.stringify(shortened(name))}: ${fault}`);
  if (fault !== null) return [];
  if (dtype === null) {
    const type = 'text, compound or complex';
    const nowhere = { file: source.id, offset: 0, bytes: 0 };
    return [
      { name, shape, dtype: 'U8', stored: type, ...nowhere, use: { code: 'unreadable-type', dtype: type } },
    ];
  }
  const bytes = (countElements(name, shape) * DTYPE_BITS[dtype]) / 8;
  if (values && values.bytes !== bytes)
    throw new FormatFault(
      `${JSON.stringify(shortened(name))} has ${integer(values.bytes)} bytes; ${integer(bytes)} are expected`,
    );
  const parts = own.flatMap((each) => each.split('/'));
  const layer = layerAt(parts, layers);
  const { shape: seen = shape, ...said } = saidOf(parts, shape, layer);
  const order = layer && { order: orderOf(layer, position, parts) };
  return [
    { name, dtype, shape: seen, file: source.id, offset: values?.offset ?? 0, bytes, ...said, ...order },
  ];
}

function notContiguous({ id }: ByteSource, cause: string): NeuroMfaError {
  const name = basename(id.path);
  return new NeuroMfaError(
    'unsupported',
    id.path,
    `values of this HDF5 file are not stored as they are (${cause})`,
    // h5repack copies these as they are.
    /: (?:a link|its values are big|it has no values)/.test(cause)
      ? 'Load it in Python, and save its weights again (numpy.savez)'
      : `Write it anew with: h5repack -l CONTI -f NONE ${name} contiguous-${name}`,
  );
}

const WEIGHTS = 'model.weights.h5';
/** Size of a model's layers as JSON. */
const MAX_CONFIG_BYTES = 64 * 2 ** 20;

function readKerasArchive(source: ByteSource, onTensors: (count: number) => void): TensorFile {
  const { members, range } = readZipDirectory(source);
  const weights = members.get(WEIGHTS);
  if (!weights) throw new FormatFault(`it is a zip archive without ${WEIGHTS}`);
  if (weights.method !== 0)
    throw new NeuroMfaError(
      'unsupported',
      source.id.path,
      `its ${WEIGHTS} is compressed`,
      `Save the model again with Keras, or unpack ${WEIGHTS} and choose that`,
    );
  const config = members.get('config.json');
  const json = config
    ? jsonOf(Buffer.from(memberContent(source, config, MAX_CONFIG_BYTES)).toString())
    : null;
  const start = memberStarts(source)(weights);
  const file = readWeights(source, start, start + weights.bytes, kerasPaths(kerasLayers(json)), onTensors);
  return { ...file, headers: [range, ...file.headers] };
}
