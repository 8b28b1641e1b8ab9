/** A grid of blocks and roles as a heat map: each value, compared with what its null model's draws give by chance. */
import { decimal } from '../../src/protocol/format';
import { BEYOND, type LayerCell, type LayerGrid } from '../data/layers';
import type { HeatScale } from '../figures/heat';
import { t } from '../l10n';
import type { HeatMapInput } from './heatMap';

export interface BlockMapWords<P> {
  title: string;
  print: (value: number) => string;
  /** All details of a projection. */
  describe: (projection: P) => string;
  /** Whether a cell has no color: its value is within chance. */
  isPlain: (cell: LayerCell<P>) => boolean;
}

export function blockMap<P>(
  grid: LayerGrid<P>,
  scale: HeatScale,
  { title, print, describe, isPlain }: BlockMapWords<P>,
): HeatMapInput {
  return {
    title,
    corner: t('block'),
    columns: grid.roles,
    rows: grid.blocks.map((block, row) => ({
      heading: block === null ? t('outside') : String(block),
      cells: grid.cells[row]!.map((cell) => {
        if (!cell) return null;
        const details = cell.projections.map(describe).join('\n\n');
        const { value, sd } = cell;
        if (value === null) return { value, details };
        const chance = sd === null ? '' : ` ± ${decimal(BEYOND * sd)}`;
        return { value, text: print(value) + chance, details, plain: isPlain(cell) };
      }),
    })),
    scale,
  };
}
