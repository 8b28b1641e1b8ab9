/** A file name, without extension, that any file system takes: what it shows, and which part of it. */
export function safeFileName(what: string, part: string): string {
  const safe = what.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+|[-.]+$/g, '');
  return `neuromfa-${safe.slice(0, 80) || 'checkpoint'}-${part}`;
}
