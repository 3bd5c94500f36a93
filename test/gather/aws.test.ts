/** Tests the addresses of services, and how calls that fail are told. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Aws, awsEndpoint } from '../../src/gather/aws.ts';
import { AwsError } from '../../src/gather/aws-error.ts';
import { PATIENCE } from '../../src/source/retry.ts';
import { ENV, REGION } from './stand-in-aws.ts';

test('a service is where the environment says, else where AWS has it in each partition', () => {
  const at = (region: string, env: Record<string, string> = {}) =>
    awsEndpoint('elbv2', region, { env, endpointUrl: null });
  assert.equal(at('eu-central-1'), 'https://elasticloadbalancing.eu-central-1.amazonaws.com');
  assert.equal(at('us-gov-west-1'), 'https://elasticloadbalancing.us-gov-west-1.amazonaws.com');
  assert.equal(at('cn-north-1'), 'https://elasticloadbalancing.cn-north-1.amazonaws.com.cn');
  assert.equal(at('us-isob-east-1'), 'https://elasticloadbalancing.us-isob-east-1.sc2s.sgov.gov');
  assert.equal(at('eusc-de-east-1'), 'https://elasticloadbalancing.eusc-de-east-1.amazonaws.eu');
  assert.equal(at('eu-central-1', { AWS_ENDPOINT_URL: 'http://x:1/' }), 'http://x:1');
  const own = { AWS_ENDPOINT_URL: 'http://x', AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2: 'http://y' };
  assert.equal(at('eu-central-1', own), 'http://y');
});

/** Answers that are no answers of AWS, and the sentence that each leads to. */
const ANSWERS: readonly (readonly [status: number, body: string, says: RegExp, tries: number])[] = [
  [502, '<html>Bad Gateway</html>', /^AWS keeps failing \(502\)$/, 5],
  [200, '<html>Welcome</html>', /^ecs:ListClusters failed \(\S+ gave an answer that is not of AWS\); check the end/, 1],
  [200, '[]', /^ecs:ListClusters failed \(\S+ gave an answer that is not of AWS\)/, 1],
  [302, '', /^ecs:ListClusters failed \(302\)$/, 1],
  [
    400,
    '{"__type":"a#InvalidParameterException","message":"two\\nlines\\u001b[31m"}',
    /^ecs:ListClusters failed \(InvalidParameterException: two lines \[31m\)$/,
    1,
  ],
  [400, '{"__type":"ExpiredTokenException","message":""}', /^the AWS credentials have expired/, 1],
  [400, '{"__type":"UnrecognizedClientException","message":"m"}', /^AWS does not accept the credentials/, 1],
];

for (const [status, body, says, tries] of ANSWERS) {
  test(`${status} ${body.slice(0, 40)}: ${tries === 1 ? 'is not repeated' : 'is tried again'}`, async () => {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked++;
      response.writeHead(status, { location: 'http://elsewhere.example/' });
      response.end(body);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const endpointUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const patience = { ...PATIENCE, sleep: async () => {} };
    const aws = new Aws(REGION, { endpointUrl, region: REGION, profile: null, env: ENV }, patience);
    try {
      await assert.rejects(aws.json('ecs', 'ListClusters', {}, new AbortController().signal), (error: AwsError) => {
        assert.match(error.message, says);
        assert.ok(error instanceof AwsError);
        return true;
      });
      assert.equal(asked, tries);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
}
