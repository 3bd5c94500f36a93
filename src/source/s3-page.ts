/** Reads the keys of a listing from its XML. Pure. The SDK reads the rest: its reader takes ten times as long for each key. */

/** One `<Contents>` of a listing, texts as in the document. */
export interface PageKey {
  key: string;
  etag: string;
  size: number;
  /** ISO 8601, as S3 writes it; null where it is missing. */
  modified: string | null;
}

const OPEN = '<Contents>';
const CLOSE = '</Contents>';
const ELEMENT = /<(Key|ETag|Size|LastModified)>([^<]*)<\/\1>/g;
const ENTITY = /&(?:#(\d{1,7})|#x([\da-fA-F]{1,6})|(amp|lt|gt|quot|apos));/g;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Returns the keys of a listing, and the document without them. Returns null for a document in another form than that of S3 (with
 * CDATA, comments, a key without its size...), which is left to the SDK.
 */
export function takeKeys(xml: string): { keys: PageKey[]; rest: string } | null {
  const first = xml.indexOf(OPEN);
  if (first < 0 || xml.includes('<!')) return null;
  const keys: PageKey[] = [];
  const others: string[] = [];
  let at = 0;
  for (let open = first; open >= 0; open = xml.indexOf(OPEN, at)) {
    const close = xml.indexOf(CLOSE, open);
    const found = close < 0 ? null : readKey(xml.slice(open + OPEN.length, close));
    if (found === null) return null;
    keys.push(found);
    if (open > at) others.push(xml.slice(at, open));
    at = close + CLOSE.length;
  }
  others.push(xml.slice(at));
  return { keys, rest: others.join('') };
}

function readKey(content: string): PageKey | null {
  const found: PageKey = { key: '', etag: '', size: Number.NaN, modified: null };
  for (const [, name, text] of content.matchAll(ELEMENT)) {
    const value = text!.includes('&') ? decoded(text!) : text!;
    if (value === null) return null;
    if (name === 'Key') found.key = value;
    else if (name === 'ETag') found.etag = value;
    else if (name === 'Size') found.size = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    else found.modified = value;
  }
  return found.key === '' || Number.isNaN(found.size) ? null : found;
}

/** Returns the text that XML writes so, null if it has an unknown entity. */
function decoded(text: string): string | null {
  const rest = text.replace(ENTITY, '');
  if (rest.includes('&')) return null;
  return text.replace(ENTITY, (_whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED[name]!;
    const code = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal);
    return code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code);
  });
}
