/** The table of formats with one more row, for bundles of the command line and of workers. */
import { FORMATS as BUILT_IN } from '../../../src/core/checkpoint/formats/table';
import { dummyFormat } from './dummyFormat';

export const FORMATS = [...BUILT_IN, dummyFormat];
