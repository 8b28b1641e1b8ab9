/**
 * Everything that the editor shows goes through src/extension/ui, which makes it plain text: these restrictions, for
 * ESLint's `no-restricted-syntax`, hold everywhere else in src/extension.
 *
 * A list allows the parts of the editor's namespace that show nothing, so that future additions are excluded by
 * default.
 */

/** Parts of `vscode` that show no text. */
const SHOWING_NOTHING = 'Uri|workspace|env|commands|Disposable|EventEmitter|RelativePattern';

/** Properties through which objects of the editor (panels, items, lists) show text. */
const SHOWN = [
  ...['title', 'label', 'description', 'detail', 'tooltip', 'text', 'message', 'badge', 'name', 'prompt'],
  ...['placeholder', 'placeHolder', 'validationMessage', 'accessibilityInformation', 'items'],
].join('|');

const seam = 'Text that the editor shows goes through src/extension/ui, which makes it plain.';
const restrict = (selector, message = seam) => ({ selector, message });
const editor = "MemberExpression[object.name='vscode']";

export const editorSeam = [
  // One spelling, so that the other rules can go by names.
  restrict(
    "ImportDeclaration[importKind!='type'][source.value='vscode'] > :matches(ImportSpecifier, ImportDefaultSpecifier, ImportNamespaceSpecifier[local.name!='vscode'])",
    "Write `import * as vscode from 'vscode'`.",
  ),
  restrict(
    "Literal[value='vscode']:not(ImportDeclaration > Literal)",
    "Write `import * as vscode from 'vscode'`.",
  ),
  restrict(
    ":not(MemberExpression, TSQualifiedName, ImportNamespaceSpecifier) > Identifier[name='vscode']",
    'Name what you take of `vscode` where you use it.',
  ),
  restrict("MemberExpression[computed=true] > Identifier[name='vscode']", 'Write `vscode.` and a name.'),

  restrict(`:not(TSClassImplements) > ${editor}[property.name!=/^(${SHOWING_NOTHING})$/]`),
  // Failures of commands are shown; `env` opens addresses and fills the clipboard.
  restrict(
    `MemberExpression[property.name!='executeCommand'] > ${editor}.object[property.name='commands']`,
    'Register commands by src/extension/ui: the editor shows why they fail.',
  ),
  restrict(
    `MemberExpression[property.name!=/^(language|remoteName)$/] > ${editor}.object[property.name='env']`,
  ),
  restrict(
    `:not(MemberExpression) > ${editor}[property.name=/^(commands|env)$/]`,
    'Name what you take of it where you use it.',
  ),
  restrict(`MemberExpression[computed=true] > ${editor}.object`, 'Write a name behind `vscode.…`.'),

  ...[
    `[property.type='Identifier'][property.name=/^(${SHOWN})$/]`,
    `[property.value=/^(${SHOWN})$/]`,
    "[property.type='TemplateLiteral']",
  ].map((property) =>
    restrict(
      `:matches(AssignmentExpression > .left, ArrayPattern > *, ObjectPattern > Property > .value)${property}`,
    ),
  ),
  restrict(
    "CallExpression[callee.object.name='Object'][callee.property.name=/^(assign|defineProperty|defineProperties)$/]",
  ),
  restrict("CallExpression[callee.object.name='Reflect'][callee.property.name=/^(set|defineProperty)$/]"),
  restrict("MemberExpression[object.name='console']"),
];
