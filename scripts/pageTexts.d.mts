export function cutOffTexts(): string[];
export function plainTexts(): string[];
