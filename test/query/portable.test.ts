/**
 * The views and questions of queries/ run unchanged on DuckDB and on Trino, the engine of Athena. test/engine proves it on a real Trino; this
 * test needs no server and names the offending word at once. Each engine has its own file macro.sql.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const FOLDER = new URL('../../queries/', import.meta.url);

/** Functions of both engines with the same meaning for the arguments used here. */
// max_by: DuckDB passes over rows whose value is NULL, Trino does not, so a value is never NULL where the key is not.
const SHARED = new Set(
  `array_agg avg cast ceil coalesce count date_trunc dense_rank extract first_value floor lag lead length ln lower max max_by min nullif regexp_extract
   timestamp
   regexp_replace replace round row_number split_part strpos substr sum trim upper lpad chr`.split(/\s+/),
);
/** Words before a parenthesis that are no functions. */
const SYNTAX = new Set(
  'and as by case else exists filter from having in join not on or over partition select then union when where with all values distinct'.split(
    ' ',
  ),
);
/** Syntax that one engine lacks or reads differently. */
const FOREIGN: readonly (readonly [RegExp, string])[] = [
  [/\basof\b/i, 'ASOF join'],
  [/\bqualify\b/i, 'QUALIFY'],
  [/\bgroup by all\b/i, 'GROUP BY ALL'],
  [/\border by all\b/i, 'ORDER BY ALL'],
  [/\b(anti|semi|positional) join\b/i, 'a join that only DuckDB has'],
  [/\bselect\s+\*\s+(exclude|replace)\b/i, 'SELECT * EXCLUDE'],
  [/::/, '::, write cast'],
  [/\bilike\b/i, 'ILIKE'],
  [/as timestamp\)/i, 'timestamp without its digits: milliseconds in Trino, write timestamp(6)'],
  [/\btry_cast\b/i, 'TRY_CAST'],
  [/(?<!\$)\blimit\b/i, 'LIMIT of an expression; rank the rows'],
  [/\[\s*[\d']/, 'a list literal or index'],
  [/\{/, 'a struct literal'],
  [/\b\d+\.\d+\s*\*/, 'a decimal factor: Trino keeps its scale, write 1e2'],
  [/\binterval\s+\d/i, "an interval without quotes: write interval '1' second"],
  [/"(?!rows")\w+"/, 'a quoted name'],
];

const macros = (text: string): string[] =>
  [...text.matchAll(/create or replace macro (\w+)\(/g)].map((match) => match[1]!);
/** Returns the file without comments and texts. */
const codeOf = (text: string): string =>
  // A text may hold two hyphens, and a comment an apostrophe: the one that begins first counts.
  text.replace(/'(?:[^']|'')*'|--.*$/gm, (found) => (found.startsWith("'") ? "''" : ''));

const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter(
  // Commands ask their own questions of DuckDB alone.
  (file) => file.endsWith('.sql') && !file.endsWith('macro.sql') && !file.startsWith('command/'),
);
const prelude = new Set(
  ['view/00-macro.sql', 'view/01-threshold-macro.sql'].flatMap((file) =>
    macros(readFileSync(new URL(file, FOLDER), 'utf8')),
  ),
);

for (const file of files) {
  test(`${file} keeps to the portable subset`, () => {
    const text = readFileSync(new URL(file, FOLDER), 'utf8');
    const code = codeOf(text);
    for (const [sign, what] of FOREIGN) assert.doesNotMatch(code, sign, `${file} uses ${what}`);
    for (const { 1: name, index } of code.matchAll(/\b([a-z_]\w*)\s*\(/gi)) {
      const word = name!.toLowerCase();
      // A list of values needs a name, and its columns in parentheses.
      if (SYNTAX.has(word) || /\)\s+as\s+$/.test(code.slice(0, index))) continue;
      assert.ok(
        SHARED.has(word) || prelude.has(word),
        `${file} calls ${word}, which is no shared function and no macro`,
      );
    }
  });
}

test('the check sees what it should', () => {
  const [, limit] = FOREIGN.find(([sign]) => sign.test(codeOf('select 1 limit 5')))!;
  assert.match(limit, /LIMIT/);
  assert.ok(files.length > 30, fileURLToPath(FOLDER));
  assert.ok(prelude.has('seconds_between'));
});
