/** HTML and SVG as values: what a template is given is text, and text is escaped, unless it is markup already. */
import { printable } from './text.ts';

/** Markup that may stand in a page as it is; only `html` and `raw` make it. */
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

/** Returns text as HTML shows it literally, in content and in quoted attributes; what would reorder or hide text is shown as an escape. */
export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"'`=]/g, (character) => ENTITIES[character]!);
}

function markupOf(value: Value): string {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(markupOf).join('');
  if (value === null || value === undefined || value === false) return '';
  return escapeHtml(String(value));
}

/** Returns the template with every value escaped; null, undefined and false are nothing, lists are joined. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(strings.reduce((text, part, i) => text + markupOf(values[i - 1]) + part));
}

/** Returns text of this program's own as markup. Nothing that comes from data may be given to it. */
export const raw = (text: string): Markup => new Markup(text);
