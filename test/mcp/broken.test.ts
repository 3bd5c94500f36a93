/** Sends the built server broken messages and wrong arguments: each is refused in a sentence, and the connection goes on. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cli, expectStatus, freshFolder, ROOT } from '../cli.ts';
import { Client } from './client.ts';

const folder = freshFolder();
const db = join(folder, 'x.duckdb');
const clients: Client[] = [];

function start(): Client {
  const client = new Client(['--db', db]);
  clients.push(client);
  return client;
}

before(async () => {
  const sample = join(ROOT, 'samples', 'recorded-incident');
  expectStatus(await cli(['load', sample, '--timezone', '+08:00', '--db', db, '--quiet']), 0);
});
after(() => {
  for (const { child } of clients) child.kill('SIGKILL');
});

describe('messages that are broken', () => {
  test('each is answered or ignored, and the connection goes on', async () => {
    const client = start();
    for (const [line, code, id] of [
      ['nonsense', -32_700, undefined],
      ['{"jsonrpc":"2.0","id":1', -32_700, undefined],
      ['[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32_600, undefined],
      ['{"jsonrpc":"2.0","id":"x"}', -32_600, 'x'],
      ['{"jsonrpc":"1.0","id":7000,"method":"tools/list"}', -32_600, 7000],
      ['{"jsonrpc":"2.0","id":{"a":1},"method":"tools/list"}', -32_600, undefined],
      ['null', -32_600, undefined],
      [
        `{"jsonrpc":"2.0","id":7001,"method":"tools/list","params":{"x":"${'y'.repeat(1_100_000)}"}}`,
        -32_600,
        undefined,
      ],
      [`${'['.repeat(900_000)}`, -32_700, undefined],
    ] as const) {
      const answer = client.unasked();
      client.send(`${line}\n`);
      const { error, id: answered } = await answer;
      assert.equal(error!.code, code, line.slice(0, 60));
      assert.equal(answered, id, line.slice(0, 60));
    }
    // Neither a blank line, a strange byte, nor an answer that nobody asked for is an error.
    client.send('\n\r\n{"jsonrpc":"2.0","id":99,"result":{}}\n');
    const { answer } = client.request('tools/list');
    assert.ok((await answer).result);
    for (const line of client.lines) assert.equal((JSON.parse(line) as { jsonrpc: string }).jsonrpc, '2.0');
    assert.equal(await client.end(), 0);
  });

  test('a message may come in any pieces', async () => {
    const client = start();
    const answer = client.unasked();
    const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'ünïcode', version: '1' } };
    const bytes = Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', id: 'a', method: 'initialize', params })}\r\n`);
    for (const byte of bytes) client.child.stdin.write(Buffer.from([byte]));
    assert.equal((await answer).id, 'a');
    assert.equal(await client.end(), 0);
  });

  test('wrong tools and arguments are refused with a sentence', async () => {
    const client = start();
    const refusals: [string, Record<string, unknown>, RegExp][] = [
      ['nothing', {}, /nothing not found/],
      ['trace', { from: 'soon' }, /--from soon is not a time/],
      ['trace', { from: '-1h', to: '-2h' }, /is not before/],
      ['trace', { limit: 0 }, /limit/],
      ['trace', { cause: ['bad luck'] }, /cause/],
      ['trace', { db: '/etc/passwd' }, /[Uu]nrecognized key/],
      ['explain', {}, /explain needs a request/],
      ['explain', { request: 'Root=1-00000000-0' }, /no request ⟪?.*is loaded/],
      ['query', { name: 'late-routin' }, /did you mean late-routing/],
      ['query', { name: 'late-routing', parameters: { form: '-2h' } }, /late-routing has no parameter form/],
      ['advise', { percentile: 0 }, /percentile/],
      ['incident', {}, /when was it\?/],
      ['incident', { lb: 'x; rm -rf /', last: '1h' }, /neither a name nor an ARN/],
      ['sql', { statement: 'select' }, /could not be run/],
      ['sql', { statement: "select * from read_text('/etc/passwd')" }, /disabled by configuration/],
      ['sql', { statement: "copy alb_row to 'x.csv'" }, /disabled by configuration/],
      ['sql', { statement: 'delete from alb_row' }, /^the statement could not be run: ⟪[^⟫]*read-only mode!⟫$/],
      ['sql', { statement: ';' }, /there is no statement in it/],
      ['sql', { statement: "attach 'y.duckdb' as y" }, /disabled by configuration|not available|Permission/],
      ['sql', { statement: 'install httpfs' }, /disabled by configuration|Permission/],
      ['sql', { statement: 'set enable_external_access = true' }, /configuration has been locked/],
      ['sql', { statement: "set memory_limit = '99GB'" }, /configuration has been locked/],
      ['sql', { statement: 'pragma threads = 64' }, /configuration has been locked/],
      ['sql', { statement: '.export x.csv' }, /could not be run/],
      ['sql', { statement: 'call enable_logging()' }, /enable_logging is not available/],
    ];
    for (const [name, args, why] of refusals) {
      await assert.rejects(client.ask(name, args), (error: Error) => {
        assert.match(error.message, why, `${name} ${JSON.stringify(args)}`);
        return true;
      });
    }
    assert.deepEqual(readdirSync(folder), ['x.duckdb']);
    assert.equal(await client.end(), 0);
  });
});
