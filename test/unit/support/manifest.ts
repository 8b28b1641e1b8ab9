/** What `package.json` has to say about the formats of checkpoints. */
import { NO_MODEL_STEM } from '../../../src/core/checkpoint/formats/names';
import type { CheckpointFile, CheckpointFormat } from '../../../src/core/checkpoint/formats/format';

export interface FormatsInManifest {
  /** Patterns of `workspaceContains:` events: shards wake the extension for their index. */
  activation: string[];
  /** File name patterns of the inspect view. */
  selector: string[];
  /** Clauses of the explorer's menu, by command. */
  menus: Record<string, string>;
  /** That of the button above an editor. */
  title: string;
}

interface Manifest {
  activationEvents: string[];
  contributes: {
    customEditors: { selector: { filenamePattern: string }[] }[];
    menus: Record<string, { command: string; when?: string }[]>;
  };
}

/** As the table of formats wants it. */
export function wantedOf(formats: readonly CheckpointFormat[]): FormatsInManifest {
  const kinds = formats.flatMap((format) => (format.sharded ? [format.sharded, format] : [format]));
  // States of training are in no menu.
  const never = String.raw`^(?!${NO_MODEL_STEM}\.[^.]+$)`;
  const opened = `resourceFilename =~ /${never}(?:${expression(kinds)})/`;
  const inFolder = 'explorerResourceIsFolder && resourcePath in neuromfa.checkpointFolders';
  const isRun = 'explorerResourceIsFolder && resourcePath in neuromfa.runFolders';
  return {
    activation: formats.flatMap(({ sureNames }) => sureNames.map((name) => `**/${name}`)),
    selector: kinds.flatMap(namesOf),
    menus: {
      'neuromfa.analyzeCheckpoint': `${opened} || ${inFolder}`,
      'neuromfa.analyzeCheckpointFull': `${opened} || ${inFolder}`,
      'neuromfa.inspectCheckpoint': `${opened} || ${inFolder} && resourcePath not in neuromfa.runFolders`,
      'neuromfa.compare': `${opened} || ${inFolder} || ${isRun}`,
      'neuromfa.copyLink': `${opened} || ${inFolder} || ${isRun}`,
      'neuromfa.chooseBase': `resourceFilename =~ /${never}(?:${expression(formats)})/ && resourceFilename =~ /adapter|lora/i`,
    },
    title: `${opened} && activeCustomEditorId != neuromfa.inspect`,
  };
}

/** As `package.json` has it. */
export function foundIn(manifest: string): FormatsInManifest {
  const { activationEvents, contributes } = JSON.parse(manifest) as Manifest;
  const contains = 'workspaceContains:';
  const items = contributes.menus['neuromfa.explorer'] ?? [];
  return {
    activation: activationEvents
      .filter((event) => event.startsWith(contains))
      .map((event) => event.slice(contains.length)),
    selector: contributes.customEditors.flatMap(({ selector }) =>
      selector.map(({ filenamePattern }) => filenamePattern),
    ),
    menus: Object.fromEntries(
      items
        .filter(({ when = '' }) => when.includes('resourceFilename') || when.includes('resourceExtname'))
        .map(({ command, when = '' }) => [command, when]),
    ),
    title: contributes.menus['editor/title']?.[0]?.when ?? '',
  };
}

/** The names as alternatives of a regular expression. */
function expression(kinds: readonly CheckpointFile[]): string {
  return kinds
    .flatMap(namesOf)
    .map((name) => `${name.replaceAll('.', '\\.').replaceAll('*', '.*')}$`)
    .join('|');
}

function namesOf({ sureNames, namesOnRequest }: CheckpointFile): string[] {
  return [...sureNames, ...namesOnRequest];
}
