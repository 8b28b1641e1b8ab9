import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import globals from 'globals';
import tseslint from 'typescript-eslint';
import { editorSeam } from './scripts/lint/editorSeam.mjs';
import { noLongSpreads } from './scripts/lint/longSpreads.mjs';

/** Imports go one way (ARCHITECTURE.md): the rooms in `from` may not be imported inside `target`. */
const room = (target, from, message) => ({ target, from, message });
const zones = [
  room(
    'src/protocol',
    ['src/core', 'src/remote', 'src/worker', 'src/dispatch', 'src/extension', 'src/cli', 'webview'],
    'The protocol imports nothing of ours.',
  ),
  room(
    'src/core',
    ['src/remote', 'src/worker', 'src/dispatch', 'src/extension', 'src/cli', 'webview'],
    'The core knows no threads, no network, no editor, no command line.',
  ),
  room(
    'src/remote',
    ['src/worker', 'src/dispatch', 'src/extension', 'src/cli', 'webview'],
    'The room of the network serves whoever reads checkpoints.',
  ),
  room(
    'src/core/network',
    ['src/core/storage', 'src/core/multifractal'],
    'Networks are made of names and shapes, not of bytes.',
  ),
  room(
    'src/core/multifractal',
    ['src/core/checkpoint', 'src/core/storage', 'src/core/network'],
    'The mathematics sees arrays, not files.',
  ),
  room(
    'src/worker',
    ['src/dispatch', 'src/extension', 'src/cli', 'webview'],
    'Workers serve the extension and the command line alike.',
  ),
  room(
    'src/dispatch',
    ['src/extension', 'src/cli', 'webview'],
    'Other machines serve the extension and the command line alike.',
  ),
  room(
    'src/extension',
    ['src/cli', 'webview'],
    'The extension host reaches the panels by the protocol only.',
  ),
  room('src/cli', ['src/extension', 'webview'], 'The command line runs without an editor.'),
  room(
    'webview',
    ['src/core', 'src/remote', 'src/worker', 'src/dispatch', 'src/extension', 'src/cli'],
    'Panels see the protocol and their own figures only.',
  ),
];
const noVscode = { name: 'vscode', message: 'Only src/extension may use the editor API.' };
/** Whatever opens a path: it may be a pipe, a device or a hundred gigabytes. */
const reading = ['open', 'openSync', 'openAsBlob', 'createReadStream', 'readFile', 'readFileSync'];
/** Whatever takes the place of what is at a path: it may be a device, a pipe, a link or another's file. */
const writing = ['writeFile', 'writeFileSync', 'appendFile', 'appendFileSync', 'createWriteStream'];
const replacing = ['rename', 'renameSync', 'copyFile', 'copyFileSync', 'cp', 'cpSync'];
const bounded =
  'Read files with core/storage/smallFile.ts, which ends whatever lies at the path, and write them with core/output/writeTo.ts, which destroys nothing there.';
const noFiles = ['fs', 'node:fs', 'fs/promises', 'node:fs/promises'].map((name) => ({
  name,
  importNames: [...reading, ...writing, ...replacing, 'promises', 'default'],
  message: bounded,
}));
const checkpointsFromStorage = ['fs', 'node:fs', 'fs/promises', 'node:fs/promises'].map((name) => ({
  name,
  message: 'Checkpoints are read through core/storage: they may be on other machines.',
}));
/** Numbers that people read. */
const formatting = ['toFixed', 'toPrecision', 'toExponential', 'toLocaleString'].map((property) => ({
  property,
  message: 'Numbers, sizes and times are written by src/protocol/format.ts alone.',
}));
/** Whatever opens a connection. */
const networkModules = ['dgram', 'dns', 'dns/promises', 'http', 'http2', 'https', 'net', 'tls'];
const networkGlobals = ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'];
const onlyRemote = 'Only src/remote may touch the network, and for an address that the user has named.';
const noNetwork = [...networkModules, ...networkModules.map((name) => `node:${name}`)].map((name) => ({
  name,
  message: onlyRemote,
}));
const nodeModules = { group: ['node:*'], message: 'Panels run in a browser.' };
const rawMarkup = {
  group: ['lit/directives/unsafe-*', 'lit/static-html.js', 'lit-html', 'lit-html/*'],
  message: 'Text never becomes markup, and templates come from lit.',
};

export default tseslint.config(
  { ignores: ['**/node_modules/', '**/assembly/', 'dist/', 'out/', '.vscode-test/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['tsconfig.json', 'webview/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js', '.json'] })],
      // Only our own files can be part of a cycle; some packages are too large to parse.
      'import-x/ignore': ['/node_modules/'],
    },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones, basePath: import.meta.dirname }],
      'import-x/no-cycle': 'error',
      'no-restricted-imports': ['error', { paths: [noVscode] }],
      // Indices of numeric loops are bounded by construction; a check per element would cost more than it tells.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // `const { left: _, ...rest } = all` is how to leave a property out.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  {
    files: ['src/extension/**/*.ts', 'src/extension.ts', 'test/vscode/suite/**/*.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },
  {
    files: ['src/**/*.ts', 'webview/**/*.ts'],
    plugins: { own: { rules: { 'no-long-spreads': noLongSpreads } } },
    rules: {
      'own/no-long-spreads': 'error',
      // Bundles take over what they import once (scripts/commonjs.mjs).
      'import-x/no-mutable-exports': 'error',
    },
  },
  {
    files: ['src/**/*.ts', 'webview/**/*.ts'],
    ignores: ['src/protocol/format.ts'],
    rules: { 'no-restricted-properties': ['error', ...formatting] },
  },
  {
    files: ['src/extension/**/*.ts'],
    ignores: ['src/extension/ui/**'],
    rules: { 'no-restricted-syntax': ['error', ...editorSeam] },
  },
  {
    files: ['webview/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: [noVscode], patterns: [nodeModules, rawMarkup] }] },
  },
  {
    files: ['src/**/*.ts'],
    // The reader of checkpoints and small files, the writer, and the store, which reads what it has written.
    ignores: ['src/core/storage/**', 'src/core/output/**', 'src/core/store/**', 'src/remote/**'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { paths: [...noFiles, ...noNetwork] }] },
  },
  {
    files: ['src/core/**/*.ts', 'src/worker/**/*.ts'],
    // Besides those, one looks for a script of ours.
    ignores: ['src/core/storage/**', 'src/core/output/**', 'src/core/store/**', 'src/worker/startFault.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { paths: [...checkpointsFromStorage, ...noNetwork] },
      ],
    },
  },
  {
    // Pipes are written through sockets of the system.
    files: ['src/core/storage/**/*.ts', 'src/core/store/**/*.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { paths: noNetwork }] },
  },
  {
    files: ['src/remote/**/*.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { paths: noFiles }] },
  },
  {
    files: ['src/**/*.ts', 'webview/**/*.ts'],
    ignores: ['src/remote/**'],
    rules: {
      'no-restricted-globals': ['error', ...networkGlobals.map((name) => ({ name, message: onlyRemote }))],
    },
  },
  { files: ['**/*.mjs', '**/*.cjs'], languageOptions: { globals: globals.node } },
  prettier,
);
