/** A file for the extension host to save. */
import type { ExportFormat } from '../../src/protocol/panel';

export interface Exported {
  suggestedName: string;
  format: ExportFormat;
  content: string | Uint8Array<ArrayBuffer>;
}
