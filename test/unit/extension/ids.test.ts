import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PAPER_PRESET } from '../../../src/core/analysis/settings';
import { ROLES } from '../../../src/core/network/types';
import { COMMANDS, CONTEXT_KEYS, EDITORS, SETTINGS, VIEW_TYPES, VIEWS } from '../../../src/extension/ids';

interface Property {
  default: unknown;
  description?: string;
  markdownDescription?: string;
  order: number;
  scope: string;
  items?: { enum?: string[]; pattern?: string };
}
interface Manifest {
  activationEvents: string[];
  capabilities: { untrustedWorkspaces: { supported: unknown; restrictedConfigurations: string[] } };
  contributes: {
    commands: { command: string; title: string; icon?: string }[];
    menus: Record<string, { command: string; submenu?: string; when?: string; group?: string }[]>;
    submenus: { id: string }[];
    keybindings: { command: string; key: string; when: string }[];
    walkthroughs: { steps: { description: string; media: { image: string } }[] }[];
    views: Record<string, { id: string }[]>;
    customEditors: { viewType: string; priority: string }[];
    viewsWelcome: { view: string; contents: string }[];
    configuration: { properties: Record<string, Property> }[];
  };
}

const manifestText = readFileSync('package.json', 'utf8');
const { activationEvents, capabilities, contributes } = JSON.parse(manifestText) as Manifest;
const words = JSON.parse(readFileSync('package.nls.json', 'utf8')) as Record<string, string>;
const properties = Object.assign({}, ...contributes.configuration.map((group) => group.properties)) as Record<
  string,
  Property
>;
const sorted = (values: Iterable<string>): string[] => [...new Set(values)].sort();

const SUBSET = ['include', 'exclude', 'blocks', 'roles'] as const;

describe('ids in code and in package.json are the same', () => {
  it('commands', () => {
    expect(sorted(contributes.commands.map(({ command }) => command))).toEqual(
      sorted(Object.values(COMMANDS)),
    );
  });

  it('commands in menus', () => {
    const used = Object.values(contributes.menus).flatMap((items) =>
      items.flatMap(({ command, submenu }) => (submenu === undefined ? [command] : [])),
    );
    expect(sorted(Object.values(COMMANDS))).toEqual(expect.arrayContaining(sorted(used)));
  });

  it('settings', () => {
    expect(sorted(Object.keys(properties))).toEqual(sorted(Object.values(SETTINGS)));
  });

  it('context keys', () => {
    const clauses = Object.values(contributes.menus).flatMap((items) => items.map(({ when = '' }) => when));
    const used = clauses.flatMap((clause) => clause.match(/(?<!view == |EditorId != )neuromfa\.\w+/g) ?? []);
    expect(sorted(used)).toEqual(sorted(Object.values(CONTEXT_KEYS)));
  });

  it('views', () => {
    const views = Object.values(contributes.views).flatMap((group) => group.map(({ id }) => id));
    expect(sorted(views)).toEqual(sorted(Object.values(VIEWS)));
    const clauses = Object.values(contributes.menus).flatMap((items) => items.map(({ when = '' }) => when));
    const used = clauses.flatMap((clause) => clause.match(/(?<=view == )[\w.]+/g) ?? []);
    expect(views).toEqual(expect.arrayContaining(used));
    expect(views).toEqual(expect.arrayContaining(contributes.viewsWelcome.map(({ view }) => view)));
  });

  it('submenus, each with entries, whose own place offers what any of them does', () => {
    for (const { id } of contributes.submenus) expect(contributes.menus[id]!.length).toBeGreaterThan(0);
    const [place] = contributes.menus['explorer/context']!;
    // What an adapter is, names tell beyond those of checkpoints; runs are told from checkpoints within.
    const entries = contributes.menus[place!.submenu!]!.filter(
      ({ command }) => command !== COMMANDS.chooseBase,
    );
    const ways = entries.flatMap(({ when = '' }) =>
      when.split(' || ').map((way) => way.replace(' && resourcePath not in neuromfa.runFolders', '')),
    );
    expect(sorted(place!.when!.split(' || '))).toEqual(sorted(ways));
  });

  it('commands that welcome texts and the walkthrough offer', () => {
    const steps = contributes.walkthroughs.flatMap((each) => each.steps);
    expect(steps).toHaveLength(4);
    for (const { media } of steps) expect(existsSync(media.image), media.image).toBe(true);
    const written = [
      ...contributes.viewsWelcome.map(({ contents }) => contents),
      ...steps.map(({ description }) => description),
    ];
    const texts = written.map((key) => words[key.slice(1, -1)]!);
    const offered = texts.flatMap((text) => text.match(/(?<=command:)neuromfa\.\w+/g) ?? []);
    expect(offered.length).toBeGreaterThan(0);
    expect(Object.values(COMMANDS)).toEqual(expect.arrayContaining(offered));
  });

  it('view types, each of which wakes the extension', () => {
    const events = activationEvents.filter((event) => event.startsWith('onWebviewPanel:'));
    expect(sorted(events)).toEqual(sorted(Object.values(VIEW_TYPES).map((type) => `onWebviewPanel:${type}`)));
  });

  it('custom editors, which leave the extension to other viewers', () => {
    const { customEditors } = contributes;
    expect(customEditors.map(({ viewType }) => viewType)).toEqual(Object.values(EDITORS));
    expect(customEditors.every(({ priority }) => priority === 'option')).toBe(true);
  });

  it('keys, none of which is taken everywhere', () => {
    expect(Object.values<string>(COMMANDS)).toEqual(
      expect.arrayContaining(contributes.keybindings.map((each) => each.command)),
    );
    for (const { key, when } of contributes.keybindings)
      expect(when, key).toMatch(/^focusedView == neuromfa\.runs && listFocus/);
    expect(new Set(contributes.keybindings.map(({ key }) => key)).size).toBe(contributes.keybindings.length);
  });

  it('commands that ask for more end with three dots, and no others', () => {
    /** Each asks before it does anything, wherever it is called from. */
    const ASK: (keyof typeof COMMANDS)[] = [
      ...(['compare', 'chooseBase', 'chooseWeights', 'setBaseline', 'pickMetrics'] as const),
      ...(['exportResults', 'importResults', 'runOnSlurm', 'analyzeRemoteRun'] as const),
    ];
    const dotted = contributes.commands.filter(({ title }) => words[title.slice(1, -1)]!.endsWith('…'));
    expect(sorted(dotted.map(({ command }) => command))).toEqual(sorted(ASK.map((key) => COMMANDS[key])));
  });

  it('buttons of rows have icons of their own, which is no icon of a row', () => {
    const iconOf = new Map(contributes.commands.map(({ command, icon }) => [command, icon]));
    const inline = contributes.menus['view/item/context']!.filter(({ group = '' }) =>
      group.startsWith('inline'),
    );
    const ofRuns = [
      ...new Set(inline.filter(({ when = '' }) => when.includes('^run')).map(({ command }) => command)),
    ];
    expect(ofRuns).toEqual(expect.arrayContaining([COMMANDS.openTrends, COMMANDS.openEmergence]));
    const icons = ofRuns.map((command) => iconOf.get(command));
    expect(icons).not.toContain(undefined);
    expect(new Set(icons).size).toBe(icons.length);
    const rows = readFileSync('src/extension/views/runItems.ts', 'utf8');
    const ofRow = /icon: \{ id: readOnly .*\}/
      .exec(rows)![0]
      .match(/'[\w-]+'/g)!
      .map((id) => `$(${id.slice(1, -1)})`);
    expect(ofRow).toContain('$(versions)');
    for (const id of [iconOf.get(COMMANDS.openTrends), iconOf.get(COMMANDS.openEmergence)])
      expect(ofRow).not.toContain(id);
  });

  it('links wake the extension', () => {
    expect(activationEvents).toContain('onUri');
  });

  it('no other file spells an id', () => {
    const ids = [COMMANDS, CONTEXT_KEYS, EDITORS, VIEW_TYPES, VIEWS, SETTINGS].flatMap((group) =>
      Object.values<string>(group),
    );
    const files = readdirSync('src/extension', { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && file !== 'ids.ts',
    );
    expect(files.length).toBeGreaterThan(10);
    for (const file of files) {
      const text = readFileSync(join('src/extension', file), 'utf8');
      for (const id of ids) expect(text, `${file} spells ${id}`).not.toContain(`'${id}'`);
    }
  });
});

describe('a workspace that is not trusted', () => {
  /** Settings that a folder may bring along: whatever they are, the work, the memory and the files read are the same. */
  const HARMLESS: readonly (keyof typeof SETTINGS)[] = [
    // One number.
    'seed',
    // Formulas of one weight.
    'transfer',
    // Leaves samples out of the means when all are computed.
    'filter',
    // What opens, not what is computed.
    'openTrends',
    // Numbers that are known already.
    'decorations',
    // How what is opened is looked at.
    'keepViews',
    // What is said of numbers.
    'watchAlerts',
  ];

  it('does not decide by its settings what an analysis reads, computes, holds in memory or keeps on disk', () => {
    const { supported, restrictedConfigurations } = capabilities.untrustedWorkspaces;
    // Nothing is restricted where the support is not limited.
    expect(supported).toBe('limited');
    const harmless = HARMLESS.map((key): string => SETTINGS[key]);
    const costly = Object.keys(properties).filter((id) => !harmless.includes(id));
    expect(sorted(restrictedConfigurations)).toEqual(sorted(costly));
  });
});

describe('words of package.json', () => {
  /** Keys of texts that the editor shows. */
  const SHOWN =
    /^(title|shortTitle|label|category|description|displayName|userDescription|markdownDescription|enumDescriptions|markdownEnumDescriptions|enumItemLabels|contents|contextualTitle|altText|patternErrorMessage)$/;
  const used = sorted(Array.from(manifestText.matchAll(/"%([^%"]+)%"/g), (match) => match[1]!));

  it('all exist, and none is left over', () => {
    expect(used.length).toBeGreaterThan(10);
    expect(sorted(Object.keys(words))).toEqual(used);
  });

  it('are all that people read, but for names and what is written for models', () => {
    const plain: string[] = [];
    const visit = (value: unknown, path: readonly string[]): void => {
      if (value !== null && typeof value === 'object')
        // Items of a list go by the key of the list.
        for (const [key, inner] of Object.entries(value))
          visit(inner, Array.isArray(value) ? path : [...path, key]);
      else if (
        typeof value === 'string' &&
        !path.includes('inputSchema') &&
        !/^(%[^%]+%|NeuroMFA)$/.test(value)
      )
        if (SHOWN.test(path.at(-1)!) || (path.includes('views') && path.at(-1) === 'name'))
          plain.push(path.join('.'));
    };
    const { description, ...manifest } = JSON.parse(manifestText) as Manifest & { description: string };
    visit({ description, contributes: manifest.contributes, capabilities: manifest.capabilities }, []);
    expect(plain).toEqual([]);
  });

  it('none is empty', () => {
    for (const [key, text] of Object.entries(words)) expect(text.trim(), key).not.toBe('');
  });
});

describe('settings', () => {
  it("have the paper's values as defaults", () => {
    // Null models are switched on in panels.
    const { nullDraws: _, ...preset } = PAPER_PRESET;
    const defaults = Object.fromEntries(
      Object.keys(preset).map((key) => [key, properties[SETTINGS[key as keyof typeof SETTINGS]]!.default]),
    );
    // What is a choice of names in the editor is false in the core.
    expect(defaults).toEqual({ ...preset, scaleFree: 'none' });
  });

  it('ask for no part of the network, and name every role of one', () => {
    for (const key of SUBSET) expect(properties[SETTINGS[key]]!.default, key).toEqual([]);
    const groups = ROLES.map((role) => role.split('.')[0]!);
    expect(sorted(properties[SETTINGS.roles]!.items!.enum!)).toEqual(sorted([...groups, ...ROLES]));
    const blocks = new RegExp(properties[SETTINGS.blocks]!.items!.pattern!);
    for (const text of ['0', '0-5', '12-340']) expect(text).toMatch(blocks);
    for (const text of ['', '-1', '1-', 'all', '1.5']) expect(text).not.toMatch(blocks);
  });

  it('each have a description, a place and a scope', () => {
    const { threads, memory, dispatch, slurmArguments, resultsFolder, maxMegabytes } = SETTINGS;
    const scopes: Record<string, string> = {
      [threads]: 'machine-overridable',
      [memory]: 'machine-overridable',
      [dispatch]: 'machine-overridable',
      [slurmArguments]: 'machine-overridable',
      // All workspaces and the command line share the store: no folder decides where it is, or what it may hold.
      [resultsFolder]: 'machine',
      [maxMegabytes]: 'machine',
    };
    for (const [id, property] of Object.entries(properties)) {
      expect(property.description ?? property.markdownDescription, id).toMatch(/^%.+%$/);
      expect(property.order, id).toBeGreaterThanOrEqual(0);
      expect(property.scope, id).toBe(scopes[id] ?? 'window');
    }
  });
});
