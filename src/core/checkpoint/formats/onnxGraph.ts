/**
 * The graph of an ONNX model (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto): its operations, and where the values of
 * its constants are.
 */
import { NeuroMfaError } from '../../../protocol/errors';
import { MAX_TENSORS } from './caps';
import { FormatFault } from './reading';
import type { Field, ProtobufReader } from './protobuf';

/** Nesting of graphs within operations; real models are two deep. */
const MAX_DEPTH = 32;
/** Integers of an attribute to read: permutations and axes have a few. */
const MAX_NUMBERS = 64;

export interface OnnxTensor {
  name: string;
  /** `TensorProto.DataType`. */
  type: number;
  dims: number[];
  /** Where its bytes are in the file; null where they are elsewhere, or not stored as bytes. */
  bytes: { from: number; to: number } | null;
  /** The range of the field that stores its values as varints. */
  varints: { from: number; to: number } | null;
  /** Whether values are in a form that is not read, such as one field per value. */
  scattered: boolean;
  /** Where a file beside the model contains them; null where the model itself does. */
  external: Map<string, string> | null;
}

/** A constant, or an output of an operation. */
export interface Value {
  name: string;
  tensor: OnnxTensor | null;
  consumers: { node: Node; input: number }[];
  scope: Scope;
}

/** A graph, or a function of the model. */
export interface Scope {
  /** Comes before the names of its tensors. */
  path: string;
  parent: Scope | null;
  /** The operation that contains the graph. */
  owner: Node | null;
  values: Map<string, Value>;
  nodes: Node[];
  inputs: string[];
  outputs: string[];
}

export interface Node {
  op: string;
  domain: string;
  name: string;
  inputs: string[];
  outputs: string[];
  numbers: Map<string, number>;
  lists: Map<string, number[]>;
  /** Whether its attributes come from the call of the function that contains it. */
  refers: boolean;
  scope: Scope;
  /** Numbered through the whole model in order of execution. */
  order: number;
}

export interface OnnxModel {
  producer: string;
  graph: Scope;
  /** By `domain:name`. */
  functions: Map<string, Scope>;
  /** Constants of all scopes, in file order. */
  constants: Value[];
  nodes: Node[];
}

/** @throws FormatFault */
export function readGraph(reader: ProtobufReader): OnnxModel {
  const graph = scopeOf('', null, null);
  const model: OnnxModel = { producer: '', graph, functions: new Map(), constants: [], nodes: [] };
  let graphs = 0;
  for (const field of reader.fields(0, reader.source.size)) {
    if (field.number === 2) model.producer = reader.text(bytesOf(field));
    else if (field.number === 7) {
      if (++graphs > 1) throw new FormatFault('it has several graphs');
      readScope(reader, model, graph, bytesOf(field), GRAPH, 0);
    } else if (field.number === 25) readFunction(reader, model, bytesOf(field));
  }
  if (graphs === 0) throw new FormatFault('it has no graph');
  for (const node of model.nodes) connect(node);
  return model;
}

function scopeOf(path: string, parent: Scope | null, owner: Node | null): Scope {
  return { path, parent, owner, values: new Map(), nodes: [], inputs: [], outputs: [] };
}

/** Numbers of the fields that graphs and functions share. */
interface ScopeFields {
  node: number;
  input: number;
  output: number;
  initializer: number | null;
}

const GRAPH: ScopeFields = { node: 1, input: 11, output: 12, initializer: 5 };
const FUNCTION: ScopeFields = { node: 7, input: 4, output: 5, initializer: null };
const SPARSE_INITIALIZER = 15;

function readFunction(reader: ProtobufReader, model: OnnxModel, field: Field): void {
  let name = '';
  let domain = '';
  for (const each of reader.fields(field.from, field.to)) {
    if (each.number === 1) name = reader.text(bytesOf(each));
    else if (each.number === 10) domain = reader.text(bytesOf(each));
  }
  const scope = scopeOf(`${name}/`, null, null);
  model.functions.set(`${domain}:${name}`, scope);
  readScope(reader, model, scope, field, FUNCTION, 0);
}

function readScope(
  reader: ProtobufReader,
  model: OnnxModel,
  scope: Scope,
  field: Field,
  fields: ScopeFields,
  depth: number,
): void {
  if (depth > MAX_DEPTH) throw new FormatFault(`its graphs are nested more than ${MAX_DEPTH} deep`);
  const nameOf = (each: Field): string =>
    fields === GRAPH ? nameOfValueInfo(reader, each) : reader.text(bytesOf(each));
  for (const each of reader.fields(field.from, field.to)) {
    if (each.number === fields.node) readNode(reader, model, scope, bytesOf(each), depth);
    else if (each.number === fields.initializer) {
      const tensor = readTensor(reader, bytesOf(each));
      addConstant(model, scope, tensor.name, tensor);
    } else if (each.number === fields.input) scope.inputs.push(nameOf(each));
    else if (each.number === fields.output) scope.outputs.push(nameOf(each));
    else if (fields === GRAPH && each.number === SPARSE_INITIALIZER)
      throw new NeuroMfaError(
        'unsupported',
        reader.source.id.path,
        'it holds sparse tensors, which are not read',
        'Save it again with plain tensors',
      );
  }
  for (const name of scope.inputs) valueOf(scope, name);
}

function nameOfValueInfo(reader: ProtobufReader, field: Field): string {
  for (const each of reader.fields(bytesOf(field).from, field.to))
    if (each.number === 1) return reader.text(bytesOf(each));
  return '';
}

function addConstant(model: OnnxModel, scope: Scope, name: string, tensor: OnnxTensor): void {
  const value = valueOf(scope, name);
  if (value.tensor) throw new FormatFault(`two tensors are called ${JSON.stringify(name)}`);
  value.tensor = tensor;
  model.constants.push(value);
  if (model.constants.length > MAX_TENSORS) throw new FormatFault(`it has more than ${MAX_TENSORS} tensors`);
}

function valueOf(scope: Scope, name: string): Value {
  let value = scope.values.get(name);
  if (!value) scope.values.set(name, (value = { name, tensor: null, consumers: [], scope }));
  return value;
}

function readNode(
  reader: ProtobufReader,
  model: OnnxModel,
  scope: Scope,
  { from, to }: Field,
  depth: number,
): void {
  const node: Node = {
    ...{ op: '', domain: '', name: '', inputs: [], outputs: [], refers: false, scope },
    ...{ numbers: new Map(), lists: new Map(), order: model.nodes.length },
  };
  const constants: OnnxTensor[] = [];
  const graphs: { name: string; field: Field }[] = [];
  for (const each of reader.fields(from, to)) {
    if (each.number === 1) node.inputs.push(reader.text(bytesOf(each)));
    else if (each.number === 2) node.outputs.push(reader.text(bytesOf(each)));
    else if (each.number === 3) node.name = reader.text(bytesOf(each));
    else if (each.number === 4) node.op = reader.text(bytesOf(each));
    else if (each.number === 7) node.domain = reader.text(bytesOf(each));
    else if (each.number === 5) readAttribute(reader, bytesOf(each), node, constants, graphs);
  }
  model.nodes.push(node);
  scope.nodes.push(node);
  for (const name of node.outputs) valueOf(scope, name);
  const [output] = node.outputs;
  if (node.op === 'Constant' && constants[0] && output) addConstant(model, scope, output, constants[0]);
  for (const { name, field } of graphs) {
    const path = `${scope.path}${node.name || `${node.op}_${scope.nodes.length - 1}`}.${name}/`;
    readScope(reader, model, scopeOf(path, scope, node), field, GRAPH, depth + 1);
  }
}

function readAttribute(
  reader: ProtobufReader,
  { from, to }: Field,
  node: Node,
  constants: OnnxTensor[],
  graphs: { name: string; field: Field }[],
): void {
  let name = '';
  let tensor: Field | undefined;
  const own: Field[] = [];
  const list: number[] = [];
  const add = (value: number): void => {
    if (list.length < MAX_NUMBERS) list.push(value);
  };
  let number: number | undefined;
  for (const each of reader.fields(from, to)) {
    if (each.number === 1) name = reader.text(bytesOf(each));
    else if (each.number === 21) node.refers = true;
    else if (each.number === 2 && each.wire === 5) number = reader.float(each);
    else if (each.number === 3) number = each.value;
    else if (each.number === 5) tensor = bytesOf(each);
    else if (each.number === 6 || each.number === 11) own.push(bytesOf(each));
    else if (each.number === 8 && each.wire === 0) add(each.value);
    else if (each.number === 8 && each.wire === 2 && each.to - each.from <= 10 * MAX_NUMBERS)
      for (const value of reader.varints(each)) add(value);
  }
  if (number !== undefined) node.numbers.set(name, number);
  if (list.length > 0) node.lists.set(name, list);
  if (tensor && name === 'value') constants.push(readTensor(reader, tensor));
  for (const [i, field] of own.entries()) graphs.push({ name: own.length > 1 ? `${name}${i}` : name, field });
}

/** float_data and double_data are plain bytes; the others are varints. */
const PACKED_AS_BYTES = new Set([4, 10]);
const PACKED_VARINTS = new Set([5, 7, 11]);

function readTensor(reader: ProtobufReader, { from, to }: Field): OnnxTensor {
  const tensor: OnnxTensor = {
    ...{ name: '', type: 0, dims: [], bytes: null, varints: null, scattered: false, external: null },
  };
  const entries = new Map<string, string>();
  let external = false;
  for (const field of reader.fields(from, to)) {
    const { number, wire } = field;
    const values = number === 9 || PACKED_AS_BYTES.has(number) || PACKED_VARINTS.has(number);
    if (number === 1 && wire === 0) tensor.dims.push(field.value);
    else if (number === 1) tensor.dims = tensor.dims.concat(someVarints(reader, bytesOf(field)));
    else if (number === 2) tensor.type = field.value;
    else if (number === 8) tensor.name = reader.text(bytesOf(field));
    else if (number === 13) readEntry(reader, bytesOf(field), entries);
    else if (number === 14) external = field.value === 1;
    else if (number === 3) tensor.scattered = true;
    else if (values && (wire !== 2 || tensor.bytes || tensor.varints)) tensor.scattered = true;
    else if (number === 9 || PACKED_AS_BYTES.has(number)) tensor.bytes = { from: field.from, to: field.to };
    else if (PACKED_VARINTS.has(number)) tensor.varints = { from: field.from, to: field.to };
  }
  if (external) tensor.external = entries;
  return tensor;
}

/** Far more than the dimensions that are read. */
const MAX_DIMS_BYTES = 4096;

function someVarints(reader: ProtobufReader, field: Field): number[] {
  if (field.to - field.from > MAX_DIMS_BYTES) throw new FormatFault('a tensor has too many dimensions');
  return [...reader.varints(field)];
}

function readEntry(reader: ProtobufReader, { from, to }: Field, into: Map<string, string>): void {
  let key = '';
  let value = '';
  for (const each of reader.fields(from, to)) {
    if (each.number === 1) key = reader.text(bytesOf(each));
    else if (each.number === 2) value = reader.text(bytesOf(each));
  }
  into.set(key, value);
}

/** @throws FormatFault for a field that is no message and no text. */
function bytesOf(field: Field): Field {
  if (field.wire === 2) return field;
  throw new FormatFault(`the field before byte ${field.to} is a number where a message is expected`);
}

/** Adds a node to the consumers of its inputs: values of its own graph, or of one around it. */
function connect(node: Node): void {
  for (const [input, name] of node.inputs.entries()) {
    if (name === '') continue;
    for (let scope: Scope | null = node.scope; scope; scope = scope.parent) {
      const value = scope.values.get(name);
      if (!value) continue;
      value.consumers.push({ node, input });
      break;
    }
  }
}
