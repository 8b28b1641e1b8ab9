import type ts from 'typescript';

export function sources(): string[];
export function parse(name: string, text?: string): ts.SourceFile;
export function isCallOf(node: ts.Node, name: string): node is ts.CallExpression;
export function placeOf(node: ts.Node): string;
export function messagesOf(source: ts.SourceFile): string[];
/** @param faults the texts of errors; those of the sources without it. */
export function bundle(faults?: readonly string[]): Record<string, string>;
export function pseudo(text: string): string;
export function pseudoBundle(messages: Readonly<Record<string, string>>): Record<string, string>;
export function writePseudo(extension: string): void;
