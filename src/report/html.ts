/** HTML and SVG as values. A template escapes every text that is inserted, and keeps markup. */
import { printable } from './text.ts';

/** Markup that is inserted unchanged. Only `html` and `raw` make it. */
export class Markup {
  constructor(readonly text: string) {}
}

type Value = string | number | null | undefined | false | Markup | readonly Value[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
  '=': '&#61;',
};

/** Escapes text for HTML content and quoted attributes. Characters that reorder or hide text are shown as escapes. */
export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"'`=]/g, (character) => ENTITIES[character]!);
}

function markupOf(value: Value): string {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(markupOf).join('');
  if (value === null || value === undefined || value === false) return '';
  return escapeHtml(String(value));
}

/** Returns the template with every value escaped. Null, undefined and false become empty; lists are joined. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(strings.reduce((text, part, i) => text + markupOf(values[i - 1]) + part));
}

/** Marks this program's own text as markup. Must never get text from data. */
export const raw = (text: string): Markup => new Markup(text);
