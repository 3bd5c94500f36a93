/**
 * Closes a file that this process has open several times only with the last of them: a process that closes any descriptor of a file
 * loses all its locks on it, so another process could write while the others still read.
 */

interface OpenFile {
  count: number;
  closers: (() => void)[];
}

const OPEN = new Map<string, OpenFile>();

/** Counts one more opening of the file, and returns what ends it: `close` runs now, or when the others have ended too. */
export function holdFile(file: string): (close: () => void) => void {
  if (file === ':memory:') return (close) => close();
  const held = OPEN.get(file) ?? { count: 0, closers: [] };
  OPEN.set(file, held);
  held.count++;
  let isEnded = false;
  return (close) => {
    if (isEnded) return;
    isEnded = true;
    held.closers.push(close);
    if (--held.count > 0) return;
    OPEN.delete(file);
    for (const one of held.closers) one();
  };
}
