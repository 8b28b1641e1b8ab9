/** Colors and fonts of every figure: VS Code's own, or a fixed light or dark set for files. */
import { color } from 'chart.js/helpers';

export interface Theme {
  kind: 'dark' | 'light';
  highContrast: boolean;
  fontFamily: string;
  fontSize: number;
  background: string;
  foreground: string;
  /** Color of secondary text; still 4.5:1 on the background. */
  muted: string;
  grid: string;
  axis: string;
  warning: string;
  /** Hues that distinguish series, together with dash and marker. */
  hues: string[];
  tooltip: { background: string; foreground: string; border: string };
}

/** `css` with opacity `alpha`, as rgba() that canvas and SVG both read. */
export function translucent(css: string, alpha: number): string {
  return color(css).alpha(alpha).rgbString();
}

/** For exported files: independent of the editor's theme. */
export const LIGHT: Theme = {
  kind: 'light',
  highContrast: false,
  fontFamily: 'Helvetica, Arial, sans-serif',
  fontSize: 12,
  background: '#ffffff',
  foreground: '#1f1f1f',
  muted: '#505050',
  grid: '#e7e7e7',
  axis: '#8a8a8a',
  warning: '#895503',
  hues: ['#0063b1', '#b3261e', '#2e7d32', '#652d90', '#a65b00', '#4a4a4a'],
  tooltip: { background: '#f8f8f8', foreground: '#1f1f1f', border: '#c8c8c8' },
};

/** For exported files on a dark ground. */
export const DARK: Theme = {
  ...LIGHT,
  kind: 'dark',
  background: '#1f1f1f',
  foreground: '#e0e0e0',
  muted: '#b0b0b0',
  grid: '#343434',
  axis: '#7a7a7a',
  warning: '#cca700',
  hues: ['#3794ff', '#f14c4c', '#89d185', '#b180d7', '#d18616', '#cccccc'],
  tooltip: { background: '#202020', foreground: '#e0e0e0', border: '#454545' },
};

/** Reads the editor's theme from the page, where VS Code keeps it as CSS variables. */
export function readTheme(): Theme {
  const styles = getComputedStyle(document.body);
  const kind = document.body.dataset['vscodeThemeKind'] ?? 'vscode-dark';
  const light = kind === 'vscode-light' || kind === 'vscode-high-contrast-light';
  const highContrast = kind.startsWith('vscode-high-contrast');
  const fallback = light ? LIGHT : DARK;
  const read = (name: string, otherwise: string): string =>
    styles.getPropertyValue(`--vscode-${name}`).trim() || otherwise;
  const foreground = read('editor-foreground', fallback.foreground);
  return {
    kind: fallback.kind,
    highContrast,
    fontFamily: read('font-family', fallback.fontFamily),
    fontSize: Number.parseFloat(read('font-size', '13px')) - 1,
    background: read('editor-background', fallback.background),
    foreground,
    muted: highContrast ? foreground : read('descriptionForeground', fallback.muted),
    grid: translucent(foreground, highContrast ? 0.16 : 0.1),
    axis: translucent(foreground, highContrast ? 1 : 0.4),
    warning: read('editorWarning-foreground', fallback.warning),
    hues: ['blue', 'red', 'green', 'purple', 'yellow', 'foreground'].map((name, index) =>
      read(`charts-${name}`, fallback.hues[index]!),
    ),
    tooltip: {
      background: read('editorHoverWidget-background', fallback.tooltip.background),
      foreground: read('editorHoverWidget-foreground', fallback.tooltip.foreground),
      border: read('editorHoverWidget-border', fallback.tooltip.border),
    },
  };
}

/** Calls `changed` whenever VS Code changes the page's theme. Returns a function that stops it. */
export function onThemeChange(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  observer.observe(document.body, {
    attributes: true,
    attributeFilter: ['class', 'style', 'data-vscode-theme-kind', 'data-vscode-theme-id'],
  });
  return () => {
    observer.disconnect();
  };
}
