export function bundledPackages(inputs: Iterable<string>): string[];
export function thirdPartyNotices(packages: readonly string[], root: string): Promise<string>;
export function asComment(notices: string): string;
