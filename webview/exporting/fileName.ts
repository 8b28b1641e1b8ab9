/** A file name, without extension, that any file system takes: what it shows, and which part of it. */
export function safeFileName(what: string, part: string): string {
  const safe = what.replace(/[^\p{L}\p{N}._-]+/gu, '-');
  let [begin, end] = [0, safe.length];
  while (begin < end && isMark(safe[begin])) begin++;
  while (end > begin && isMark(safe[end - 1])) end--;
  return `neuromfa-${safe.slice(begin, Math.min(end, begin + 80)) || 'checkpoint'}-${part}`;
}

const isMark = (character: string | undefined): boolean => character === '-' || character === '.';
