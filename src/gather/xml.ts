/**
 * Reads the XML of AWS's query protocol (Elastic Load Balancing, EC2, Auto Scaling): elements and text, no document types, so no
 * entity can expand. Pure.
 */

/** An element as JSON: text, a list (children `member` or `item`), or an object of its children. */
export type XmlValue = string | XmlValue[] | { [name: string]: XmlValue };

interface Element {
  name: string;
  text: string;
  children: { name: string; value: XmlValue }[];
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const TOKEN =
  /<!\[CDATA\[([\s\S]*?)\]\]>|<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<(\/?)([A-Za-z_][\w:.-]*)(?=[\s/>])([^<>]*?)(\/?)>|([^<]+)/y;
const DEEPEST = 50;

/** Returns the root element's value. Throws an Error for text that is no XML, or has a document type. */
export function parseXml(text: string): XmlValue {
  const root: Element = { name: '', text: '', children: [] };
  const open: Element[] = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const found = TOKEN.exec(text);
    if (!found) throw new Error('not XML');
    const [, cdata, ends, name, , closes, plain] = found;
    const top = open.at(-1)!;
    if (cdata !== undefined) top.text += cdata;
    else if (plain !== undefined) top.text += decoded(plain);
    else if (name === undefined) continue;
    else if (ends) {
      if (top.name !== name || open.length === 1) throw new Error(`not XML: </${name}>`);
      open.pop();
      open.at(-1)!.children.push({ name, value: elementValue(top) });
    } else if (closes) top.children.push({ name, value: '' });
    else {
      if (open.length > DEEPEST) throw new Error(`XML deeper than ${DEEPEST}`);
      open.push({ name, text: '', children: [] });
    }
  }
  if (open.length !== 1 || root.children.length !== 1) throw new Error('not XML: it ends early');
  return root.children[0]!.value;
}

function elementValue({ text, children }: Element): XmlValue {
  if (children.length === 0) return text;
  if (children.every(({ name }) => name === 'member' || name === 'item')) return children.map(({ value }) => value);
  return Object.fromEntries(children.map(({ name, value }) => [name, value]));
}

const decoded = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{1,8}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name as string] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });

/** Returns the value at a path of names, undefined where it is absent. */
export function xmlAt(value: XmlValue | undefined, ...path: string[]): XmlValue | undefined {
  let at = value;
  for (const name of path) {
    if (typeof at !== 'object' || Array.isArray(at) || !Object.hasOwn(at, name)) return undefined;
    at = at[name];
  }
  return at;
}

/** Returns the list at a path; an absent or empty one is []. */
export function xmlList(value: XmlValue | undefined, ...path: string[]): XmlValue[] {
  const list = xmlAt(value, ...path);
  return Array.isArray(list) ? list : [];
}

/** Returns the text at a path, null where it is absent or empty. */
export function xmlText(value: XmlValue | undefined, ...path: string[]): string | null {
  const text = xmlAt(value, ...path);
  return typeof text === 'string' && text !== '' ? text : null;
}
