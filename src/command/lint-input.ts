/** Reads the input of `lint`: files, folders, and standard input. */
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type InputText, MAX_TEXT } from '../lint/document.ts';
import { STDIN_NAME } from '../lint/print.ts';

/** Texts that could be read, and a sentence for each thing that could not. */
export interface LintInput {
  texts: InputText[];
  /** Sentences about named things that cannot be read. */
  failures: string[];
  /** Sentences about things that were left out on purpose. */
  notes: string[];
}

/** Reads everything that was named; `-` is standard input. */
export async function readLintInput(paths: readonly string[], stdin: NodeJS.ReadableStream): Promise<LintInput> {
  const input: LintInput = { texts: [], failures: [], notes: [] };
  for (const path of new Set(paths)) {
    if (path === '-') input.texts.push({ name: STDIN_NAME, text: await readText(stdin) });
    else await addPath(path, input);
  }
  return input;
}

const MANIFEST = /\.(?:ya?ml|json)$/i;
/** Folders of programs, with nothing of the user's. */
const SKIPPED = /^(?:\..*|node_modules|vendor)$/;
/** Most files of one folder: more is no folder of manifests. */
const MAX_FILES = 10_000;

async function addPath(path: string, input: LintInput): Promise<void> {
  try {
    const found = await stat(path);
    // Opening a pipe that nobody writes waits for ever, and no signal ends it. Those below /dev are the shell's: `<(helm template ...)`.
    if (!found.isFile() && !found.isDirectory() && !/^\/(?:dev|proc)\//.test(path)) {
      input.failures.push(`${path} is no file: give a file or a folder, or pipe it to - for standard input`);
      return;
    }
    if (!found.isDirectory()) {
      input.texts.push({ name: path, text: await readText(createReadStream(path)) });
      return;
    }
    const before = input.texts.length;
    await addFolder(path, input);
    if (input.texts.length === before)
      input.failures.push(`${path} has no .yaml, .yml or .json file: give the folder of the manifests`);
  } catch (error) {
    input.failures.push(
      `${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'}): give a file, a folder, or - for standard input`,
    );
  }
}

async function addFolder(folder: string, input: LintInput): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  if (entries.some(({ name }) => name === 'Chart.yaml')) {
    input.notes.push(
      `${folder} is a Helm chart: lint what it renders, \`helm template ${folder} | draintrace lint -\``,
    );
    return;
  }
  if (entries.some(({ name }) => name === 'kustomization.yaml' || name === 'kustomization.yml'))
    input.notes.push(
      `${folder} has a kustomization: \`kubectl kustomize ${folder} | draintrace lint -\` lints what it builds`,
    );
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (input.texts.length >= MAX_FILES) return;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!SKIPPED.test(entry.name)) await addFolder(path, input);
    } else if (entry.isFile() && MANIFEST.test(entry.name) && !/^kustomization\.ya?ml$/.test(entry.name)) {
      input.texts.push({ name: path, text: await readText(createReadStream(path)) });
    }
  }
}

/** Reads at most a little more than lint takes, so that an endless input ends. */
async function readText(stream: NodeJS.ReadableStream): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of stream) {
    text += typeof chunk === 'string' ? chunk : decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > MAX_TEXT) break;
  }
  return text + decoder.decode();
}
