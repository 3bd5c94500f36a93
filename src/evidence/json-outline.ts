/** The outline of JSON that may be cut anywhere: enough to tell what it is without all of it. */

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/gs;

/** Deeper than this nothing tells kinds apart. */
const MAX_DEPTH = 6;

/**
 * Returns the paths of keys in the text with the first scalar value of each (null where there is none), in order:
 * `kind`, `items[].kind`, `[].TargetHealth.State`. Reads on over concatenated values, and stops where the text does.
 */
export function outlineJson(text: string): Map<string, string | null> {
  const paths = new Map<string, string | null>();
  const open: { array: boolean; prefix: string }[] = [];
  let key = '';
  let isKey = true;
  for (const [token] of text.matchAll(TOKEN)) {
    const top = open.at(-1);
    const path = top ? top.prefix + (top.array ? '[]' : key && `${top.prefix === '' ? '' : '.'}${key}`) : '';
    if (token === '{' || token === '[') {
      if (top && open.length <= MAX_DEPTH && !paths.has(path)) paths.set(path, null);
      open.push({ array: token === '[', prefix: path });
      isKey = token === '{';
      key = '';
    } else if (token === '}' || token === ']') {
      open.pop();
      isKey = false;
    } else if (token === ',') {
      isKey = top ? !top.array : false;
    } else if (token === ':') {
      isKey = false;
    } else if (isKey && top && !top.array) {
      key = token.startsWith('"') ? token.slice(1, -1) : token;
    } else if (top && open.length <= MAX_DEPTH && (paths.get(path) ?? null) === null) {
      paths.set(path, token.startsWith('"') ? token.slice(1, -1) : token);
    }
  }
  return paths;
}
