/** Converts text of other systems to what all readers expect: UTF-16, as PowerShell's `>` writes it, to UTF-8, and CR to LF. */

/** Returns `utf-16le` or `utf-16be` from the first bytes, null for other encodings. */
export function utf16(head: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  // No byte order mark: look for two ASCII letters.
  const isAscii = (byte: number | undefined) => byte !== undefined && byte >= 9 && byte < 127;
  if (isAscii(head[0]) && head[1] === 0 && isAscii(head[2]) && head[3] === 0) return 'utf-16le';
  if (head[0] === 0 && isAscii(head[1]) && head[2] === 0 && isAscii(head[3])) return 'utf-16be';
  return null;
}

const CR = 13;
const LF = 10;

/** Returns whether lines end with CR alone, as old spreadsheets write them. */
const hasOldLineEnds = (head: Uint8Array): boolean => head.includes(CR) && !head.includes(LF);

/** Yields chunks of text as UTF-8, whatever their encoding; returns what `chunks` returns. */
export async function* asUtf8<T>(chunks: AsyncGenerator<Uint8Array, T, void>): AsyncGenerator<Uint8Array, T, void> {
  let decoder: InstanceType<typeof TextDecoder> | null = null;
  let isFirst = true;
  let isOld = false;
  const encoder = new TextEncoder();
  try {
    for (;;) {
      const next = await chunks.next();
      if (next.done) {
        const rest = decoder?.decode() ?? '';
        if (rest !== '') yield encoder.encode(rest);
        return next.value;
      }
      if (isFirst) {
        const encoding = utf16(next.value);
        decoder = encoding && new TextDecoder(encoding);
      }
      let chunk: Uint8Array = decoder ? encoder.encode(decoder.decode(next.value, { stream: true })) : next.value;
      if (isFirst) {
        isFirst = false;
        isOld = hasOldLineEnds(chunk);
      }
      if (isOld) chunk = chunk.map((byte) => (byte === CR ? LF : byte));
      if (chunk.length > 0) yield chunk;
    }
  } finally {
    await chunks.return(undefined as T);
  }
}
