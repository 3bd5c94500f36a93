/** Tests the names of what people give by mistake: logs of other services, and records that are packed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { PAYLOAD } from '../../src/evidence/payload.ts';
import { recognise } from '../../src/evidence/recognise.ts';
import { unwrap } from '../../src/evidence/unwrap/unwrap.ts';

const NLB =
  'tls 2.0 2026-03-01T10:00:12 net/shop/0f1e2d3c4b5a6978 g3d4b5e8bb8464cd 198.51.100.7:40112 10.0.7.21:9090 5 2 98 246';
const CLASSIC =
  '2026-03-01T10:00:12.945958Z shop-classic 198.51.100.7:2817 10.0.7.21:80 0.000073 0.001048 0.000057 200 200';

test('a log of another service is named, with the command that finds what is read', () => {
  const others: [name: string, head: string][] = [
    ['NLB access log', NLB],
    ['Classic Load Balancer access log', CLASSIC],
    ['CloudFront access log', '#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method\n'],
    ['CloudFront access log', '2026-03-01\t10:00:28\tARN56-P1\t335\t198.51.100.7\tGET\td1.cloudfront.net\t/a\t200\t-'],
    ['CloudFront access log in JSON', '{"date":"2026-03-01","time":"10:00:28","x-edge-location":"ARN56-P1"}'],
    [
      'a W3C extended log of another server',
      '#Software: IIS 10.0\n#Version: 1.0\n#Fields: date time cs-uri-stem sc-status\n',
    ],
    [
      'VPC flow log',
      'version account-id interface-id srcaddr dstaddr srcport dstport protocol\n2 111122223333 eni-0a1 10.0.0.1',
    ],
    [
      'VPC flow log',
      '2 111122223333 eni-0a1b2c3d 10.0.7.21 10.0.0.9 9090 40112 6 20 4249 1772359200 1772359260 ACCEPT OK',
    ],
    [
      'flow log of a transit gateway',
      '6 TransitGateway 111122223333 tgw-0a1b tgw-attach-0 111122223333 - vpc-0 - subnet-0 -',
    ],
    [
      'access log of nginx, Apache or another web server',
      '198.51.100.7 - - [01/Mar/2026:10:00:12 +0000] "GET / HTTP/1.1" 504 167 "-" "Mozilla/5.0"',
    ],
    [
      'access log of Envoy',
      '[2026-03-01T10:00:12.016Z] "GET /a HTTP/1.1" 503 UF 0 91 2 - "-" "curl/8" "x" "shop" "10.0.7.21:80"',
    ],
    ['log of a Lambda function', 'START RequestId: 6f7747cc-0b39-49b5-bf35-7ec6bf0d9d0f Version: $LATEST'],
    [
      'AWS WAF log',
      '{"timestamp":1772359200123,"formatVersion":1,"webaclId":"arn:aws:wafv2:x","action":"ALLOW","httpRequest":{"uri":"/"}}',
    ],
    [
      'Route 53 Resolver query log',
      '{"version":"1.100000","query_timestamp":"2026-03-01T10:00:12Z","query_name":"shop.example."}',
    ],
  ];
  for (const [name, head] of others) {
    const { looksLike } = recognise(`${head}\n`, 'x');
    assert.ok(looksLike.startsWith(`${name}, which has no targets: `), `${name}: ${looksLike}`);
    assert.match(looksLike, /aws elbv2 describe-load-balancer-attributes --load-balancer-arn ARN$/);
  }
  const bucket = `${'79a5'.repeat(16)} logs [01/Mar/2026:10:00:38 +0000] 192.0.2.3 - 3E57427F3 REST.GET.OBJECT a "GET /a HTTP/1.1" 200 -`;
  assert.match(recognise(bucket, 'x').looksLike, /^S3 server access log, .*AWSLogs\/ACCOUNT\/elasticloadbalancing\/$/);
  const mail = 'Subject: logs\nContent-Transfer-Encoding: quoted-printable\n\n=7B"kind"';
  assert.match(recognise(mail, 'x').looksLike, /^a mail, whose text is encoded: save the text/);
});

test('records that are packed are named, with the command that unpacks them', () => {
  const packed = gzipSync('{"logEvents":[]}').toString('base64');
  const forms: [command: string, value: unknown][] = [
    ['jq -r .awslogs.data FILE | base64 -d | gunzip', { awslogs: { data: packed } }],
    ["jq -r '.Records[].kinesis.data' FILE | while", { Records: [{ kinesis: { data: packed } }] }],
    ["jq -r '.Records[].Data' FILE | while", { Records: [{ Data: packed, PartitionKey: 'p' }] }],
    ['jq -r .rawData FILE | while', { attemptsMade: 4, rawData: packed }],
  ];
  for (const [command, value] of forms) {
    const { kind, looksLike } = recognise(JSON.stringify(value), 'x');
    assert.equal(kind, 'unknown');
    assert.ok(looksLike.includes(command), looksLike);
  }
  assert.match(recognise("{'colour': 'red', 'n': None}", 'x').looksLike, /as Python prints them: print\(json\.dumps/);
});

test('an audit log of Google Cloud is named, whatever its calls answered', () => {
  const pod = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name: 'web-1', namespace: 'shop' },
    status: { podIP: '10.0.1.11' },
  };
  const payload = {
    '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
    methodName: 'io.k8s.core.v1.pods.create',
  };
  const entry = { insertId: 'a', protoPayload: { ...payload, response: pod } };
  for (const text of [JSON.stringify(entry), JSON.stringify([entry], null, 2)]) {
    const { kind, looksLike } = recognise(text, 'x');
    assert.deepEqual([kind, looksLike.slice(0, 25)], ['unknown', 'audit log of Google Cloud']);
  }
});

test('test messages of a subscription are named, and are no line beside the records', () => {
  const control = {
    messageType: 'CONTROL_MESSAGE',
    logEvents: [{ id: '', timestamp: 1, message: 'CWL CONTROL MESSAGE: x' }],
  };
  assert.match(recognise(JSON.stringify(control), 'x').looksLike, /CONTROL_MESSAGE/);
  assert.deepEqual(unwrap(JSON.stringify(control), PAYLOAD), []);
});
