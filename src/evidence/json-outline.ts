/** The outline of JSON, as text that may be cut anywhere or as a value: enough to tell what it is without all of it. */

/** Paths of keys with the first scalar value of each, null where there is none. */
export type Outline = ReadonlyMap<string, string | null>;

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/gs;

/** Deeper than this nothing tells kinds apart. */
const MAX_DEPTH = 6;

/**
 * Returns the paths of keys in the text with the first scalar value of each (null where there is none), in order:
 * `kind`, `items[].kind`, `[].TargetHealth.State`. Reads on over concatenated values, and stops where the text does.
 */
export function outlineJson(text: string): Outline {
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

/** Elements of one array that are looked at: they are alike. */
const MAX_ELEMENTS = 3;

/** Returns the outline of a parsed value, as `outlineJson` does of its text, of the first elements of each array. */
export function outlineOf(value: unknown, maxDepth = MAX_DEPTH): Outline {
  const paths = new Map<string, string | null>();
  const add = (path: string, held: unknown, depth: number) => {
    if (typeof held !== 'object' || held === null) {
      if ((paths.get(path) ?? null) === null) paths.set(path, String(held));
      return;
    }
    if (!paths.has(path)) paths.set(path, null);
    if (depth < maxDepth) members(path, held, depth + 1);
  };
  const members = (path: string, held: object, depth: number) => {
    if (Array.isArray(held)) for (const element of held.slice(0, MAX_ELEMENTS)) add(`${path}[]`, element, depth);
    else for (const [key, member] of Object.entries(held)) add(path === '' ? key : `${path}.${key}`, member, depth);
  };
  if (typeof value === 'object' && value !== null) members('', value, 1);
  return paths;
}
