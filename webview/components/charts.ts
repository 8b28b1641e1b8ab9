/** Registers the parts of Chart.js in use, and no others: the bundle stays small. */
import {
  Chart,
  Filler,
  Interaction,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
} from 'chart.js';
import annotation from 'chartjs-plugin-annotation';
import zoom from 'chartjs-plugin-zoom';
import { crosshairPlugin, MODES } from './hover';
import { colorBarPlugin } from '../figures/colorBar';
import { quietLinesPlugin } from '../figures/quietLines';

Chart.register(
  LineController,
  LineElement,
  PointElement,
  LinearScale,
  Filler,
  Legend,
  Tooltip,
  annotation,
  zoom,
  colorBarPlugin,
  crosshairPlugin,
  quietLinesPlugin,
);
Object.assign(Interaction.modes, MODES);
