/** Colors of a heat map: a ramp for amounts, two hues around a neutral middle for differences. */
import type { Theme } from '../theme';
import { mixed, rampColor, type Rgb } from './styles';

/**
 * Blue, neutral, orange: distinguishable with any color vision; the middle is close to the background, the ends stand
 * out.
 */
const DIVERGING: Record<Theme['kind'], readonly [Rgb, Rgb, Rgb]> = {
  light: [
    [33, 102, 172],
    [247, 247, 247],
    [179, 88, 6],
  ],
  dark: [
    [90, 176, 255],
    [54, 54, 54],
    [255, 157, 59],
  ],
};

export interface HeatScale {
  min: number;
  max: number;
  color: (value: number) => string;
}

/** Blue below zero, orange above, equally strong on both sides. */
export function divergingScale({ min, max }: { min: number; max: number }, theme: Theme): HeatScale {
  const reach = Math.max(Math.abs(min), Math.abs(max)) || 1;
  const [low, middle, high] = DIVERGING[theme.kind];
  return {
    min: -reach,
    max: reach,
    color: (value) => mixed(middle, value < 0 ? low : high, Math.min(1, Math.abs(value) / reach)),
  };
}

/** From the smallest to the largest value; the largest stands out most. */
export function rampScale({ min, max }: { min: number; max: number }, theme: Theme): HeatScale {
  return { min, max, color: (value) => rampColor(max > min ? (value - min) / (max - min) : 1, theme) };
}

/** Black or white, whichever reads better on `css`: at least 4.5:1 on any color. */
export function inkOn(css: string): string {
  const [r, g, b] = css.match(/\d+/g)!.map((text) => {
    const channel = Number(text) / 255;
    return channel <= 0.03928 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  return luminance > 0.179 ? '#000000' : '#ffffff';
}
