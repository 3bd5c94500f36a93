/** Splits YAML into its documents, as pieces like those of JSON, so that a broken one leaves the others whole. */
import { type Document, parseDocument } from 'yaml';
import { type Outline, outlineOf } from './json-outline.ts';
import { type JsonPiece, splitJson } from './json-stream.ts';
import { quote } from './rejection.ts';

/** Most text for one call of the YAML parser: a manifest that people or the API server keep is smaller (etcd takes 1.5 MiB). */
const MAX_DOCUMENT = 4 << 20;

/** Nodes that aliases may stand for: a few anchors are in use, an alias bomb is not. */
const MAX_ALIASES = 100;

/** Returns the values of a text, which is JSON when it begins like it, else YAML. */
export function splitValues(text: string): Iterable<JsonPiece> {
  return isYaml(text) ? splitYaml(text) : splitJson(text);
}

/** A first line of YAML is a key or an element; comments and markers may come before. */
export function isYaml(text: string): boolean {
  const lines = text.slice(0, 1 << 16).split('\n');
  const first = lines.find((line) => !/^\uFEFF?(?:---\s*|\s*(?:#.*)?|%.*)$/.test(line)) ?? '';
  return /^\uFEFF?(?:---\s+)?(?:- )*["']?[A-Za-z][\w./-]*["']?:(?:\s|$)/.test(first);
}

/** Yields the documents of a text. A List longer than the parser may be given is read item by item. */
export function* splitYaml(text: string): Generator<JsonPiece> {
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  for (let from = 0; from < lines.length; ) {
    let to = from + 1;
    while (to < lines.length && !/^---(?:\s|$)/.test(lines[to]!)) to++;
    const document = lines.slice(from, to);
    const content = document.findIndex((line) => !/^(?:---\s*|\s*(?:#.*)?|%.*|\.\.\.\s*)$/.test(line));
    if (content !== -1) yield documentPiece(document, from + 1, from + content + 1);
    from = to;
  }
}

function documentPiece(lines: readonly string[], firstLine: number, line: number): JsonPiece {
  const text = lines.join('\n');
  const starts = elementStarts(lines);
  const elementLines = starts.map((at) => at + firstLine);
  if (text.length <= MAX_DOCUMENT) return { line, text, elementLines, ...parseYaml(text) };
  if (starts.length === 0) return broken(line, text, TOO_LARGE);
  // The list without its items, then each item.
  const end = elementsEnd(lines, starts);
  const around = parseYaml([...lines.slice(0, starts[0]), ...lines.slice(end)].join('\n'));
  const items: unknown[] = [];
  for (const [index, start] of starts.entries()) {
    const item = lines.slice(start, starts[index + 1] ?? end).join('\n');
    const read = item.length > MAX_DOCUMENT ? { value: undefined, error: TOO_LARGE } : parseYaml(item);
    if (read.error !== null) return broken(firstLine + start, item, read.error);
    items.push(...(Array.isArray(read.value) ? read.value : [read.value]));
  }
  const value = typeof around.value === 'object' && around.value !== null ? { ...around.value, items } : items;
  return { line, text, elementLines, value, error: around.error };
}

const TOO_LARGE = 'too_large: a document of more than 4 MiB';

const broken = (line: number, text: string, error: string): JsonPiece => ({
  line,
  text,
  value: undefined,
  error,
  elementLines: [],
});

/** Where the elements of `items:`, or of the first list in the first column, begin. */
function elementStarts(lines: readonly string[]): number[] {
  const list = lines.findIndex((line) => /^[\w"']+:\s*$/.test(line));
  const first = lines.findIndex((line, at) => at > list && /^ *- /.test(line));
  if (first === -1) return [];
  const marker = /^ *- /.exec(lines[first]!)![0];
  const starts: number[] = [];
  for (let at = first; at < lines.length; at++) {
    const line = lines[at]!;
    if (line.startsWith(marker)) starts.push(at);
    else if (/^[^\s#-]/.test(line)) break;
  }
  return starts;
}

function elementsEnd(lines: readonly string[], starts: readonly number[]): number {
  let end = starts.at(-1)! + 1;
  while (end < lines.length && !/^[^\s#-]/.test(lines[end]!)) end++;
  return end;
}

/** Returns the value of one document, or why it has none. */
export function parseYaml(text: string): { value: unknown; error: string | null } {
  try {
    const document: Document = parseDocument(text, { logLevel: 'silent', prettyErrors: false, uniqueKeys: false });
    const [error] = document.errors;
    if (error) return { value: undefined, error: `bad_yaml: ${quote(error.message)}` };
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }), error: null };
  } catch (error) {
    // Nested too deeply, or aliases of aliases.
    return { value: undefined, error: `bad_yaml: ${quote(error instanceof Error ? error.message : 'unreadable')}` };
  }
}

/** Documents of a first part that are looked at, and how much of each. */
const LOOKED_AT = 20;
const LOOKED_INTO = 1 << 15;

const AWS_KEYS =
  'TargetHealthDescriptions|TargetGroups|LoadBalancers|Attributes|' +
  'Activities|Reservations|InstanceStatuses|AutoScalingGroups|AutoScalingInstances|Events';
/** Of answers of ECS, which spells them so. */
const ECS_LISTS = 'tasks|services|containerInstances|serviceDeployments|failures';

const FIRST_KEY = new RegExp(
  `^(?:- | *)["']?(?:apiVersion|${AWS_KEYS})["']?:|^["']?(?:${ECS_LISTS}|service|taskDefinition)["']?:`,
  'm',
);
const STATES_KIND = new RegExp(
  `^(?:items\\[\\]\\.|\\[\\]\\.)?apiVersion$|^[A-Z]\\w+\\[\\]|^(?:${ECS_LISTS})(?:\\[\\]|$)|^(?:service|taskDefinition)\\.`,
);

/** Returns the outlines of the documents of a first part of YAML that state what they are; none for other text. */
export function yamlOutlines(text: string): Outline[] {
  if (!FIRST_KEY.test(text)) return [];
  const outlines: Outline[] = [];
  for (const part of text.split(/^---(?=\s|$)/m, LOOKED_AT)) {
    const outline = outlineOf(parseHead(part.slice(0, LOOKED_INTO)));
    // An object that states its kind states its version too, except answers of AWS.
    if ([...outline.keys()].some((path) => STATES_KIND.test(path))) outlines.push(outline);
  }
  return outlines;
}

/** The value of a text that may end anywhere: of as many of its first lines as are one. */
function parseHead(text: string): unknown {
  const lines = text.split('\n');
  for (let tries = 0; tries < 3 && lines.length > 0; tries++) {
    const { value, error } = parseYaml(lines.join('\n'));
    if (error === null) return value;
    lines.pop();
  }
  return null;
}
