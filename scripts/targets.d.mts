import type { BuildOptions } from 'esbuild';

export const COPIED: readonly string[];
export const REPORT_SCRIPT: string;
export function targets(how: { production: boolean; version: string }): BuildOptions[];
