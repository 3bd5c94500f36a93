/** Settings in Kubernetes manifests: YAML of one or many documents, or JSON, as written or as `kubectl get -o` prints them. */
import { type Document, parseDocument } from 'yaml';
import { captureTime } from './capture-time.ts';
import type { Moment, Reading, ReadingContext } from './fact.ts';
import { splitJson } from './json-stream.ts';
import { asObject } from './json-value.ts';
import { MANIFEST_KINDS, objectsOf, readManifestObject } from './manifest-object.ts';
import { printValue, quote, reject } from './rejection.ts';

/** One value of the text, or why it is none. */
interface Piece {
  line: number;
  lines: number[];
  text: string;
  value: unknown;
  error: string | null;
}

/** A document longer than this is no manifest that people or the API server keep (etcd takes 1.5 MiB). */
const MAX_DOCUMENT = 4 << 20;

/** Nodes that aliases may stand for: a few anchors are in use, an alias bomb is not. */
const MAX_ALIASES = 100;

const KIND = new RegExp(String.raw`^(?:- | {2})?kind: ["']?(?:${MANIFEST_KINDS.join('|')})\b`, 'm');

/** Returns whether a text, or its first part, is YAML of objects that are read here. */
export function isManifestYaml(text: string): boolean {
  return /^(?:- | {2})?apiVersion: \S/m.test(text) && KIND.test(text);
}

/** Returns each setting that an object states, as of the capture time; objects of other kinds count and give none. */
export function readManifest(text: string, context: ReadingContext): Reading {
  const reading: Reading = { records: 0, facts: [], rejected: [], notes: [] };
  const capture = captureTime(context);
  for (const piece of /^[\s\uFEFF]*[{[]/.test(text) ? jsonPieces(text) : yamlPieces(text)) {
    if (piece.error !== null) {
      reading.rejected.push(reject(piece.line, piece.error, piece.text));
      continue;
    }
    const objects = objectsOf(piece.value);
    for (const [index, value] of objects.entries()) {
      const line = piece.lines.length === objects.length ? piece.lines[index]! : piece.line;
      const object = asObject(value);
      const stated = object === null ? 'not_a_manifest' : readManifestObject(object);
      const why = typeof stated === 'string' ? stated : capture.moment ? null : 'no_capture_time: give --captured-at';
      if (why !== null) {
        reading.rejected.push(reject(line, why, printValue(value)));
        continue;
      }
      reading.records++;
      if (typeof stated === 'string' || stated === null) continue;
      for (const setting of stated)
        reading.facts.push({ kind: 'setting', line, ...(capture.moment as Moment), ...setting });
      if (!reading.notes.includes(capture.note)) reading.notes.push(capture.note);
    }
  }
  return reading;
}

function jsonPieces(text: string): Piece[] {
  return [...splitJson(text)].map(({ elementLines, ...piece }) => ({ ...piece, lines: elementLines }));
}

/** Documents one by one, so that a broken one leaves the others whole. */
function yamlPieces(text: string): Piece[] {
  const pieces: Piece[] = [];
  const lines = text.split('\n');
  for (let from = 0; from < lines.length; ) {
    let to = from + 1;
    while (to < lines.length && !/^---(?:\s|$)/.test(lines[to]!)) to++;
    const document = lines.slice(from, to).join('\n');
    const content = lines.slice(from, to).findIndex((line) => !/^(?:---\s*|\s*(?:#.*)?|%.*|\.\.\.\s*)$/.test(line));
    if (content !== -1) pieces.push(yamlPiece(document, from + content + 1));
    from = to;
  }
  return pieces;
}

function yamlPiece(text: string, line: number): Piece {
  const piece: Piece = { line, lines: [], text, value: undefined, error: null };
  if (text.length > MAX_DOCUMENT) return { ...piece, error: 'too_large: a document of more than 4 MiB' };
  try {
    const document: Document = parseDocument(text, { logLevel: 'silent', prettyErrors: false, uniqueKeys: false });
    const [error] = document.errors;
    if (error) return { ...piece, error: `bad_yaml: ${quote(error.message)}` };
    return { ...piece, value: document.toJS({ maxAliasCount: MAX_ALIASES }) };
  } catch (error) {
    // Nested too deeply, or aliases of aliases.
    return { ...piece, error: `bad_yaml: ${quote(error instanceof Error ? error.message : 'unreadable')}` };
  }
}
