export function faultTexts(): { texts: string[]; unknown: string[] };
