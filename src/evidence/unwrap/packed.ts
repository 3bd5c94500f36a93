/** Lines that were packed to be sent: base64 of Kinesis, Firehose, Pub/Sub and Kafka's REST proxy, and marks of HTML. */

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** Shorter ones may be any word. */
const LEAST = 32;

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Returns the text that a string holds as base64; null where it holds none. */
export function base64Text(text: string): string | null {
  const packed = text.trim();
  if (packed.length < LEAST || packed.length % 4 !== 0 || !BASE64.test(packed)) return null;
  try {
    const own = decoder.decode(Uint8Array.from(atob(packed), (character) => character.charCodeAt(0)));
    return /[\x00-\x08\x0E-\x1F]/.test(own) ? null : own;
  } catch {
    return null;
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  quot: '"',
  '#34': '"',
  '#x22': '"',
  '#39': "'",
  '#x27': "'",
  apos: "'",
  lt: '<',
  gt: '>',
  nbsp: ' ',
  amp: '&',
};

/**
 * Returns a line with straight quotes where a page escaped all of them, or a chat made all of them curved. A line that has
 * straight quotes is as it was.
 */
export function straightQuotes(line: string): string {
  if (line.includes('"') && !line.includes('\u00a0')) return line;
  if (/&(?:quot|#34|#x22);/i.test(line))
    return line.replace(/&(#?\w{2,5});/g, (whole, name: string) => ENTITIES[name.toLowerCase()] ?? whole);
  if (line.includes('\u00a0') && !line.includes(' ')) return straightQuotes(line.replaceAll('\u00a0', ' '));
  return /[\u201c\u201d]/.test(line) ? line.replace(/[\u201c\u201d]/g, '"').replace(/[\u2018\u2019]/g, "'") : line;
}
