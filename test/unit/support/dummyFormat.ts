/**
 * A checkpoint format that exists in tests only, to prove that a format is added in one file: a first line that names it, a
 * line of JSON that lists the tensors, then their values.
 */
import type { CheckpointFormat } from '../../../src/core/checkpoint/formats/format';
import type { DType } from '../../../src/core/checkpoint/dtype';
import { localFiles } from '../../../src/core/storage/localFiles';
import { sliceOf } from '../../../src/core/storage/storage';
import { joinTensorFiles } from '../../../src/core/checkpoint/tensorFiles';
import type { TensorToWrite } from './writeCheckpoint';

const FIRST_LINE = 'DUMMY 1\n';
/** Test checkpoints have no longer lists. */
const MAX_LIST_BYTES = 100_000;

interface Listed {
  name: string;
  dtype: DType;
  shape: number[];
  bytes: number;
}

export const dummyFormat: CheckpointFormat = {
  id: 'dummy',
  label: 'a format of tests',
  sureNames: ['*.dummy'],
  namesOnRequest: ['*.dmy'],
  sniffs: (head) => Buffer.from(head).toString('latin1').startsWith(FIRST_LINE),
  open(path, onTensors) {
    const source = localFiles.open(path);
    const head = Buffer.from(sliceOf(source, 0, Math.min(source.size, MAX_LIST_BYTES))).toString('latin1');
    const headerBytes = head.indexOf('\n', FIRST_LINE.length) + 1;
    let offset = headerBytes;
    const tensors = (JSON.parse(head.slice(FIRST_LINE.length, headerBytes)) as Listed[]).map((listed) => {
      const tensor = { ...listed, file: source.id, offset };
      offset += listed.bytes;
      return tensor;
    });
    return joinTensorFiles(
      path,
      dummyFormat.id,
      [{ source, headers: [{ offset: 0, bytes: headerBytes }], tensors, metadata: {} }],
      {
        onTensors,
      },
    );
  },
};

/** The bytes of a file of this format. */
export function dummyFile(tensors: readonly TensorToWrite[]): Buffer {
  const list = tensors.map(({ name, dtype, shape, bytes }) => ({ name, dtype, shape, bytes: bytes.length }));
  return Buffer.concat([
    Buffer.from(`${FIRST_LINE}${JSON.stringify(list)}\n`),
    ...tensors.map(({ bytes }) => bytes),
  ]);
}
