// The texts of errors, for translators: what reaches the cause and the next step of a `NeuroMfaError`, on whatever way.
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

const ROOT = join(import.meta.dirname, '..');
/** Rooms whose errors the editor shows; those of the command line are its own. */
const ROOMS = ['protocol', 'core', 'remote', 'worker', 'dispatch', 'extension'];
/** Which arguments of an error are sentences: its cause and its next step, or its message. */
const SENTENCES = {
  NeuroMfaError: [2, 3],
  ...Object.fromEntries(
    [
      'GgufFault',
      'HeaderFault',
      'FormatFault',
      'PickleError',
      'HarmfulPickle',
      'Undecodable',
      'PassingFault',
    ].map((name) => [name, [0]]),
  ),
  ProxyRefusal: [0],
};
/** The argument of a `NeuroMfaError` that names the thing concerned: a path, or a few words. */
const SUBJECT = 1;
/** Methods of strings that keep their words. */
const KEEPING = ['replace', 'replaceAll', 'trim'];
/** What joins a piece to its sentence: src/protocol/recognized.ts keeps it. */
const EDGES = /^[\s,;:.]+|\s+$/g;
/** Functions whose messages are translated or composed elsewhere. */
const TRANSLATED = ['t', 'messages'];

function program() {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, ROOT);
  const names = ROOMS.map((room) => join(ROOT, 'src', room)).flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  );
  return ts.createProgram(names, { ...options, noEmit: true });
}

/**
 * The texts of errors as messages, `{0}` for a value; and the places whose texts cannot be found, because they come from the
 * system or a library.
 */
export function faultTexts() {
  const sources = program();
  const checker = sources.getTypeChecker();
  const ours = sources
    .getSourceFiles()
    .filter(({ fileName }) => !fileName.includes('node_modules') && fileName.startsWith(ROOT));

  const callsByName = new Map();
  const membersByName = new Map();
  const started = [];
  const symbolOf = (node) => {
    const symbol = checker.getSymbolAtLocation(node);
    return symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  };
  const collect = (node) => {
    const made = madeBy(node);
    if (made && Object.hasOwn(SENTENCES, made))
      started.push({ positions: SENTENCES[made], given: node.arguments });
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const name = calledName(node)?.text;
      if (!callsByName.has(name)) callsByName.set(name, []);
      callsByName.get(name).push(node);
    }
    if (ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) {
      const name = node.name.getText();
      if (!membersByName.has(name)) membersByName.set(name, []);
      membersByName.get(name).push(node);
    }
    ts.forEachChild(node, collect);
  };
  ours.forEach(collect);

  /** The calls of a function, a method or a constructor. */
  const callsOf = (declaration) => {
    const named = ts.isConstructorDeclaration(declaration) ? declaration.parent : declaration;
    const name = named.name ?? (ts.isVariableDeclaration(named.parent) ? named.parent.name : undefined);
    return (callsByName.get(name?.text) ?? []).filter((call) =>
      symbolOf(calledName(call))?.declarations?.some((d) => [declaration, named, named.parent].includes(d)),
    );
  };

  const texts = new Set();
  const unknown = new Set();
  const seen = new Set();
  const place = (node) => {
    const source = node.getSourceFile();
    const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    return `${relative(ROOT, source.fileName)}:${line} ${node.getText().replace(/\s+/g, ' ').slice(0, 90)}`;
  };

  /** @param {boolean} whole whether the value is a whole sentence and not a value within one. */
  const trace = (node, whole) => {
    if (!node || seen.has(node) || node.kind === ts.SyntaxKind.NullKeyword || isOfErrors(node)) return;
    seen.add(node);
    if (ts.isStringLiteralLike(node)) {
      if (whole || / /.test(node.text)) texts.add(node.text);
    } else if (ts.isTemplateExpression(node)) {
      texts.add(
        [node.head, ...node.templateSpans.map((s) => s.literal)]
          .map((l) => l.text)
          .reduce((a, b, i) => `${a}{${i - 1}}${b}`),
      );
      for (const { expression } of node.templateSpans) trace(expression, false);
    } else if (
      ts.isParenthesizedExpression(node) ||
      ts.isAsExpression(node) ||
      ts.isNonNullExpression(node) ||
      ts.isSatisfiesExpression?.(node)
    )
      trace(node.expression, whole);
    else if (ts.isConditionalExpression(node)) {
      trace(node.whenTrue, whole);
      trace(node.whenFalse, whole);
    } else if (ts.isBinaryExpression(node)) {
      trace(node.left, whole);
      trace(node.right, whole);
    } else if (ts.isIdentifier(node)) traceSymbol(symbolOf(node), node, whole);
    else if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
      if (ts.isElementAccessExpression(node)) traceTable(node.expression, whole, node);
      else traceSymbol(symbolOf(node.name), node, whole);
    } else if (ts.isCallExpression(node)) traceCall(node, whole);
    else if (whole) unknown.add(place(node));
  };
  const traceSymbol = (symbol, node, whole) => {
    const declarations = symbol?.declarations?.filter((d) => !d.getSourceFile().isDeclarationFile) ?? [];
    if (declarations.length === 0 && whole) unknown.add(place(node));
    for (const declaration of declarations) traceDeclaration(declaration, node, whole);
  };
  const traceDeclaration = (declaration, node, whole) => {
    if (seen.has(declaration) || isOfErrors(declaration)) return;
    seen.add(declaration);
    if (ts.isVariableDeclaration(declaration) || ts.isPropertyAssignment(declaration)) {
      if (declaration.initializer) trace(declaration.initializer, whole);
      else if (whole) unknown.add(place(declaration));
    } else if (ts.isShorthandPropertyAssignment(declaration))
      traceSymbol(checker.getShorthandAssignmentValueSymbol(declaration), node, whole);
    else if (ts.isParameter(declaration)) {
      const at = declaration.parent.parameters.indexOf(declaration);
      if (declaration.initializer) trace(declaration.initializer, whole);
      for (const call of callsOf(declaration.parent)) trace(call.arguments?.[at], whole);
    } else if (ts.isPropertySignature(declaration)) traceMembers(declaration, node, whole);
    else if (ts.isBindingElement(declaration)) traceBinding(declaration, whole);
    else if (whole) unknown.add(place(declaration));
  };
  /** `{ nextStep }` of a parameter: the property of what callers pass. */
  const traceBinding = (element, whole) => {
    const owner = element.parent.parent;
    const name = (element.propertyName ?? element.name).getText();
    if (element.initializer) trace(element.initializer, whole);
    if (ts.isArrayBindingPattern(element.parent))
      return traceItem(owner.initializer, element.parent.elements.indexOf(element), whole);
    const given = ts.isParameter(owner)
      ? callsOf(owner.parent).map((call) => call.arguments?.[owner.parent.parameters.indexOf(owner)])
      : [owner.initializer];
    for (const value of given) {
      const property = value && checker.getTypeAtLocation(value).getProperty(name);
      if (property) traceSymbol(property, element, whole);
      else if (value && whole) unknown.add(place(element));
    }
  };
  /** A member of an interface: whatever objects have there, and what functions there return. */
  const traceMembers = (signature, node, whole) => {
    const name = signature.name.getText();
    for (const value of membersByName.get(name) ?? []) {
      const expected = checker.getContextualType(value.parent)?.getProperty(name);
      if (!expected?.declarations?.includes(signature)) continue;
      const declared = ts.isIdentifier(value.initializer ?? value.name)
        ? symbolOf(value.initializer ?? value.name)
            ?.declarations?.map(functionOf)
            .find((d) => d?.body)
        : value.initializer;
      if (declared && ts.isFunctionLike(declared)) returned(declared, (text) => trace(text, whole));
      else trace(value.initializer ?? value.name, whole);
    }
  };
  /** What a list, or each list of a table, has at `index`. */
  const traceItem = (node, index, whole) => {
    const inner = bare(node);
    if (!inner) return;
    if (ts.isArrayLiteralExpression(inner)) trace(inner.elements[index], whole);
    else if (ts.isConditionalExpression(inner))
      for (const branch of [inner.whenTrue, inner.whenFalse]) traceItem(branch, index, whole);
    else if (ts.isBinaryExpression(inner))
      for (const side of [inner.left, inner.right]) traceItem(side, index, whole);
    else if (ts.isElementAccessExpression(inner) && tableOf(inner.expression))
      for (const { initializer } of tableOf(inner.expression).properties)
        traceItem(initializer, index, whole);
    else if (whole) unknown.add(place(node));
  };
  const tableOf = (expression) => {
    const table = bare(ts.isIdentifier(expression) && symbolOf(expression)?.valueDeclaration?.initializer);
    return table && ts.isObjectLiteralExpression(table) ? table : undefined;
  };
  const traceTable = (expression, whole, node) => {
    const table = tableOf(expression);
    if (table) for (const { initializer } of table.properties) trace(initializer, whole);
    else if (whole) unknown.add(place(node));
  };
  const traceCall = (node, whole) => {
    const name = ts.isPropertyAccessExpression(node.expression)
      ? node.expression.name.text
      : node.expression.getText();
    if (TRANSLATED.includes(name)) return;
    if (KEEPING.includes(name)) return trace(node.expression.expression, whole);
    const member = symbolOf(calledName(node) ?? node)?.declarations?.find(ts.isPropertySignature);
    if (member) return traceMembers(member, node, whole);
    const declaration = symbolOf(calledName(node) ?? node)
      ?.declarations?.map(functionOf)
      .find((d) => d?.body);
    if (!declaration || declaration.getSourceFile().isDeclarationFile || !declaration.body) {
      if (whole) unknown.add(place(node));
      return;
    }
    returned(declaration, (value) => trace(value, whole));
  };
  for (const { positions, given } of started) {
    for (const at of positions) trace(given[at], true);
    if (positions.length > 1) trace(given[SUBJECT], false);
  }
  const shown = [...texts].map((text) => text.replace(EDGES, '')).filter(isForReaders);
  return { texts: [...new Set(shown)].sort(), unknown: [...unknown].sort() };
}

/** Whether a node belongs to the class of errors itself, which hands on what it is given. */
const isOfErrors = (node) => node.getSourceFile().fileName.endsWith('src/protocol/errors.ts');

/** Words, and not an address, the name of a tensor or a line of a program. */
function isForReaders(text) {
  const words = text.replace(/\{\d+\}/g, '·');
  return / /.test(words.trim()) && /\p{L}{3,}/u.test(words) && !/^(\S+\(|\{)/.test(words);
}

/** The class of an error that is made here, by itself or by one that extends it. */
function madeBy(node) {
  if (ts.isNewExpression(node)) return node.expression.getText();
  if (!ts.isCallExpression(node) || node.expression.kind !== ts.SyntaxKind.SuperKeyword) return undefined;
  const owner = ts.findAncestor(node, ts.isClassLike);
  return owner?.heritageClauses?.[0]?.types[0]?.expression.getText();
}

/** The identifier of `name(…)`, `….name(…)` and `new name(…)`. */
function calledName({ expression }) {
  const named = ts.isPropertyAccessExpression(expression) ? expression.name : expression;
  return ts.isIdentifier(named) || ts.isPrivateIdentifier(named) ? named : undefined;
}

/** An expression without what only the compiler reads. */
function bare(node) {
  let inner = node;
  while (
    inner &&
    (ts.isAsExpression(inner) ||
      ts.isSatisfiesExpression(inner) ||
      ts.isNonNullExpression(inner) ||
      ts.isParenthesizedExpression(inner))
  )
    inner = inner.expression;
  return inner || undefined;
}

/** The function that a name is declared as, or holds. */
function functionOf(declaration) {
  return ts.isVariableDeclaration(declaration) ? declaration.initializer : declaration;
}

function returned(declaration, each) {
  if (!ts.isBlock(declaration.body)) return each(declaration.body);
  const visit = (node) => {
    if (ts.isReturnStatement(node) && node.expression) each(node.expression);
    else if (!ts.isFunctionLike(node)) ts.forEachChild(node, visit);
  };
  visit(declaration.body);
}
