import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { logOfFirstLine } from '../../src/evidence/log-start.ts';
import { recognise } from '../../src/evidence/recognise.ts';
import { ALB, CLASSIC, CONNECTION, HEALTH, NLB } from './first-line.ts';

test('the first line alone tells what all of it tells, or nothing', () => {
  const first = [ALB, CONNECTION, HEALTH, NLB, CLASSIC];
  const others = [
    '',
    '```',
    '==> access.log <==',
    '{"index":{}}',
    '{"kind": "Pod"}',
    'Enable AccessLog for ELB: x',
    '{"level":"info","msg":"registered targets"}',
  ];
  let known = 0;
  const check = (text: string) => {
    const log = logOfFirstLine(text);
    if (log === null) return;
    known++;
    assert.deepEqual({ kind: log.kind, looksLike: log.looksLike, isWrapped: false }, recognise(text, 'a.log'));
  };
  for (const one of [...first, ...others])
    for (const two of [...first, ...others]) for (const end of ['\n', '\r\n']) check(`${one}${end}${two}${end}`);
  assert.ok(known >= 2 * first.length * first.length, `${known}`);
  check(`${ALB.padEnd(257)}ustar`);
  assert.equal(logOfFirstLine(`${ALB}\n\`\`\`\n`), null);
  fc.assert(
    fc.property(fc.constantFrom(...first), fc.string(), fc.nat(80), (line, text, at) =>
      check(line.slice(0, at) + text + line.slice(at)),
    ),
  );
});
