/** Random access log lines for property tests: any width, any quoting, odd text, absent values. */
import fc from 'fast-check';
import { FIELDS, type FieldType, MIN_FIELDS } from '../../src/alb/field.ts';

const digits = (min: number, max: number) => fc.integer({ min, max }).map(String);
const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const orAbsent = (text: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 5, arbitrary: text }, { weight: 1, arbitrary: fc.constant('-') });

const time = fc.integer({ min: 0, max: 7_000_000_000 }).chain((seconds) =>
  fc.integer({ min: 0, max: 999_999 }).map((micros) => {
    const at = new Date(seconds * 1000).toISOString().slice(0, 19);
    return `${at}.${String(micros).padStart(6, '0')}Z`;
  }),
);
const ip = fc.oneof(fc.ipV4(), fc.ipV6());
const endpoint = fc.tuple(ip, fc.integer({ min: 0, max: 65535 })).map(([address, port]) => `${address}:${port}`);

/** Text as ALB escapes it: no raw quotes, no raw control bytes; blanks only in quoted fields. */
const word = fc.string({
  unit: fc.constantFrom(...'abcXYZ019/:._-?=&%*(),;{}', '\\x22', '\\xEC', '\\x5C', 'é', '漢'),
  maxLength: 30,
});
const text = (quoted: boolean) =>
  quoted ? fc.array(word, { maxLength: 4 }).map((words) => words.join(' ')) : word.filter((w) => w !== '');

const BY_TYPE: Record<FieldType, (quoted: boolean) => fc.Arbitrary<string>> = {
  text: (quoted) => orAbsent(text(quoted)),
  endpoint: () => orAbsent(endpoint),
  time: () => time,
  seconds: () =>
    fc.oneof(
      fc.constantFrom('-1', '-'),
      fc.integer({ min: 0, max: 4_000_000 }).map((ms) => (ms / 1000).toFixed(3)),
    ),
  status: () => orAbsent(fc.integer({ min: 0, max: 999 }).map((code) => String(code).padStart(3, '0'))),
  bytes: () => orAbsent(digits(0, 2 ** 40)),
  priority: () => fc.oneof(fc.constantFrom('-', '-1'), digits(0, 50000)),
  trace_id: (quoted) =>
    fc.oneof(
      fc.tuple(hex(8), hex(24)).map(([a, b]) => `Root=1-${a}-${b}`),
      orAbsent(text(quoted)),
    ),
  conn_trace_id: () =>
    fc.oneof(
      hex(32).map((id) => `TID_${id}`),
      orAbsent(text(false)),
    ),
  list: (quoted) => orAbsent(fc.oneof(endpoint, text(quoted))),
};

/** A line of `width` known fields in canonical quoting, with some unknown fields after them. */
export const canonicalLine: fc.Arbitrary<string> = fc
  .tuple(fc.integer({ min: MIN_FIELDS, max: FIELDS.length }), fc.integer({ min: 0, max: 3 }))
  .chain(([width, extra]) =>
    fc
      .tuple(
        ...FIELDS.slice(0, width).map((field) =>
          BY_TYPE[field.type](field.quoted).map((value) => (field.quoted ? `"${value}"` : value)),
        ),
        ...Array.from({ length: width === FIELDS.length ? extra : 0 }, () =>
          fc.constantFrom('-', '"-"', '"a b"', 'new=1'),
        ),
      )
      .map((fields) => fields.join(' ')),
  );
