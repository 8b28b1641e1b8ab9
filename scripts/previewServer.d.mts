export const OUT: string;
export function startPreview(port?: number): Promise<{ address: string; close: () => void }>;
