/** How panels were looked at last, as panels that are opened anew find it. */
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ViewStates } from '../../../src/extension/panels/viewStates';

const LOG = { choices: { axis: 'log' }, looks: { zoom: {} } };
const CONTEXT = { signal: new AbortController().signal, progress: () => undefined };

let folder: string;
let wanted: boolean;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'neuromfa-views-'));
  wanted = true;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Each is a window of its own. */
const window = (): ViewStates => new ViewStates(join(folder, 'views'), () => wanted);
const looked = (views: ViewStates, kind: string, ...subjects: string[]): unknown => {
  const { last } = views.of(kind, () => subjects);
  return last === '' ? null : JSON.parse(last);
};
const remember = (
  views: ViewStates,
  view: Record<string, unknown>,
  kind: string,
  ...subjects: string[]
): void => {
  void views.of(kind, () => subjects).remember({ view }, CONTEXT);
};

it('are found at once in the same window, and by another once they are written', async () => {
  const [here, there] = [window(), window()];
  remember(here, LOG, 'trends', '/run');
  expect(looked(here, 'trends', '/run')).toEqual(LOG);
  await here.write();
  expect(looked(there, 'trends', '/run')).toEqual(LOG);
  remember(there, { choices: {} }, 'trends', '/run');
  await there.write();
  expect(looked(here, 'trends', '/run')).toEqual({ choices: {} });
  here.dispose();
  there.dispose();
});

it('belong to one kind of panel and one set of subjects, in any order', () => {
  const views = window();
  remember(views, LOG, 'spectrum', '/a', '/b');
  expect(looked(views, 'spectrum', '/b', '/a')).toEqual(LOG);
  expect(looked(views, 'spectrum', '/a')).toBeNull();
  expect(looked(views, 'trends', '/a', '/b')).toBeNull();
  views.dispose();
});

it('belong to what the panel shows when they are told', () => {
  const views = window();
  let shown = ['/a'];
  const panel = views.of('spectrum', () => shown);
  shown = ['/a', '/b'];
  void panel.remember({ view: LOG }, CONTEXT);
  expect(looked(views, 'spectrum', '/a')).toBeNull();
  expect(looked(views, 'spectrum', '/a', '/b')).toEqual(LOG);
  views.dispose();
});

it('are neither kept nor used where the user does not want it', async () => {
  const views = window();
  remember(views, LOG, 'trends', '/run');
  wanted = false;
  expect(looked(views, 'trends', '/run')).toBeNull();
  remember(views, LOG, 'trends', '/other');
  await views.write();
  wanted = true;
  expect(looked(views, 'trends', '/run')).toEqual(LOG);
  expect(looked(views, 'trends', '/other')).toBeNull();
  views.dispose();
});

it('are bounded in size and number: the oldest are forgotten', async () => {
  const views = window();
  remember(views, { text: 'x'.repeat(60_000) }, 'trends', '/large');
  expect(looked(views, 'trends', '/large')).toBeNull();
  for (let i = 0; i < 200; i++) remember(views, LOG, 'trends', `/run${i}`);
  await views.write();
  const files = readdirSync(join(folder, 'views'));
  expect(files).toHaveLength(200);
  for (const file of files) utimesSync(join(folder, 'views', file), 1, 1);
  remember(views, LOG, 'trends', '/latest');
  await views.write();
  expect(readdirSync(join(folder, 'views'))).toHaveLength(200);
  expect(looked(views, 'trends', '/latest')).toEqual(LOG);
  views.dispose();
});

it('do no harm where there is no folder', async () => {
  writeFileSync(join(folder, 'views'), '');
  const views = window();
  remember(views, LOG, 'trends', '/run');
  await views.write();
  expect(looked(views, 'trends', '/run')).toBeNull();
  views.dispose();
});
