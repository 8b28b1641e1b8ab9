/** What a tab of the Spectrum panel needs from its panel. */
import type { Mode } from '../../src/protocol/analysis';
import type { FigureOutput } from '../components/figureMenu';
import type { Theme } from '../theme';
import type { Choices } from './views';

export interface TabContext {
  theme: Theme;
  choose: (choices: Partial<Choices>) => void;
  setMode: (mode: Mode) => void;
  setNulls: (on: boolean) => void;
  output: FigureOutput;
}
