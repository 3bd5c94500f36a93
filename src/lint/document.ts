/** Splits a text into its YAML or JSON documents, so that a broken one leaves the others whole. */
import { type Document, LineCounter, type Node, parseDocument } from 'yaml';
import { splitJson } from '../evidence/json-stream.ts';
import { printable, truncate } from '../report/text.ts';
import { type LinePlace, ManifestField } from './field.ts';

/** One file of the input, or standard input. */
export interface InputText {
  /** As the user named it. */
  name: string;
  text: string;
}

/** A document that could not be read, in one sentence. */
export interface Trouble {
  place: LinePlace;
  message: string;
}

export interface Documents {
  roots: ManifestField[];
  troubles: Trouble[];
}

/** Most text in one input. The whole of a large cluster is longer, but what is linted is a release. */
export const MAX_TEXT = 16 << 20;
/** Most text in one document: the parser needs seconds for a megabyte, and etcd takes 1.5 MiB. */
const MAX_DOCUMENT = 4 << 20;

/** A value that a template engine fills in stands where YAML has a plain value or a line of its own. */
const TEMPLATE = /^\s*(?:-\s+)?(?:[\w./-]+:\s*)?\{\{-?\s*[^{}\s]/m;
const TEMPLATE_ANYWHERE = /\{\{-?\s*[^{}\s]/;

const NOT_RENDERED =
  'is a template that is not rendered: lint the output of `helm template` or `kustomize build` (draintrace lint -)';

/** Returns the documents of a text. */
export function readDocuments({ name, text }: InputText): Documents {
  const found: Documents = { roots: [], troubles: [] };
  const trouble = (line: number, message: string): void => {
    found.troubles.push({ place: { file: name, line, column: 1 }, message });
  };
  if (text.length > MAX_TEXT) {
    trouble(1, 'is larger than 16 MiB: give the manifests of one release');
    return found;
  }
  if (text.includes('\0') || text.includes('\uFFFD')) {
    trouble(1, 'is not text in UTF-8: give YAML or JSON');
    return found;
  }
  for (const { text: part, linesAbove } of partsOf(text.replace(/^\uFEFF/, ''))) {
    const read = parse(name, part, linesAbove);
    if (read instanceof ManifestField) {
      if (read.exists) found.roots.push(read);
    } else trouble(linesAbove + read.line, read.message);
  }
  return found;
}

interface Part {
  text: string;
  linesAbove: number;
}

/** JSON may hold one value after another; a line of `---` ends a document of YAML. */
function partsOf(text: string): Part[] {
  if (/^\s*[[{](?!\{)/.test(text)) {
    return [...splitJson(text)].map((piece) => ({ text: piece.text, linesAbove: piece.line - 1 }));
  }
  const lines = text.split('\n');
  const parts: Part[] = [];
  for (let from = 0; from < lines.length; ) {
    let to = from + 1;
    while (to < lines.length && !/^---(?:\s|$)/.test(lines[to]!)) to++;
    const own = lines.slice(from, to);
    if (own.some((line) => !/^(?:---\s*|\s*(?:#.*)?|%.*|\.\.\.\s*)$/.test(line)))
      parts.push({ text: `${own.join('\n')}\n`, linesAbove: from });
    from = to;
  }
  return parts;
}

function parse(file: string, text: string, linesAbove: number): ManifestField | { line: number; message: string } {
  if (text.length > MAX_DOCUMENT)
    return { line: 1, message: 'has a document of more than 4 MiB: give the manifests of one release' };
  const lines = new LineCounter();
  let document: Document;
  try {
    document = parseDocument(text, {
      lineCounter: lines,
      logLevel: 'silent',
      prettyErrors: false,
      uniqueKeys: false,
    });
  } catch {
    return { line: 1, message: 'is nested too deeply to be read: give plain manifests' };
  }
  const template = TEMPLATE.exec(text);
  if (template) return { line: text.slice(0, template.index).split('\n').length, message: NOT_RENDERED };
  const [error] = document.errors;
  if (error) {
    if (TEMPLATE_ANYWHERE.test(text)) return { line: 1, message: NOT_RENDERED };
    const { line } = lines.linePos(error.pos[0]);
    const why = truncate(printable(error.message.split('\n')[0]!), 160);
    return { line: Math.max(line, 1), message: `is not YAML or JSON: ${why}` };
  }
  const contents = document.contents as Node | null;
  return new ManifestField({ file, document, lines, linesAbove }, contents, contents?.range?.[0] ?? 0);
}
