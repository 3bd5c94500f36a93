/** A queue of SQS: its address, receiving, and deleting what was asked to be deleted. */
import { Aws, type AwsAnswer, awsEndpoint } from '../gather/aws.ts';
import type { Patience } from '../source/retry.ts';
import type { Access } from '../source/s3-client.ts';

/** The address of a queue, as its url or its ARN gives it. */
export interface QueueAddress {
  /** As typed, for messages. */
  shown: string;
  /** Null for an ARN. */
  url: string | null;
  /** Server that the url names, such as an endpoint of a VPC; null where AWS's own is meant. */
  endpoint: string | null;
  /** Null where the url does not show it. */
  region: string | null;
  account: string;
  name: string;
}

export interface QueueMessage {
  id: string;
  /** The receipt by which this message is deleted. */
  handle: string;
  body: string;
}

const ARN = /^arn:aws[\w-]*:sqs:([a-z0-9-]+):(\d{12}):([\w-]{1,80}(?:\.fifo)?)$/;
const URL_FORM = /^https?:\/\/([\w.-]+(?::\d+)?)\/(\d{12})\/([\w-]{1,80}(?:\.fifo)?)$/;
const HOST_REGION = /^(?:sqs(?:-fips)?\.([a-z0-9-]+)\.|([a-z0-9-]+)\.queue\.|[\w-]+\.sqs\.([a-z0-9-]+)\.vpce\.)/;
/** Messages of one call; SQS allows no more. */
export const TOGETHER = 10;

/** Returns the queue that an argument names by its url or ARN, or null for anything else. */
export function parseQueue(argument: string): QueueAddress | null {
  const arn = ARN.exec(argument);
  if (arn) return { shown: argument, url: null, endpoint: null, region: arn[1]!, account: arn[2]!, name: arn[3]! };
  const url = URL_FORM.exec(argument);
  if (!url) return null;
  const host = HOST_REGION.exec(url[1]!);
  const region = host?.[1] ?? host?.[2] ?? host?.[3] ?? (url[1] === 'queue.amazonaws.com' ? 'us-east-1' : null);
  // Certificates do not have the older names of AWS's own servers.
  const isOld = /(?:^|\.)queue\.amazonaws\./.test(url[1]!);
  const endpoint = isOld ? null : new URL(argument).origin;
  return { shown: argument, url: argument, endpoint, region, account: url[2]!, name: url[3]! };
}

export class EventQueue {
  readonly #aws: Aws;
  readonly #url: string;

  /** `access.endpointUrl` is that of S3, and not used. A server that the environment names comes before that of the url. */
  constructor(address: QueueAddress, region: string, access: Access, patience: Patience) {
    const { AWS_ENDPOINT_URL_SQS: sqs, AWS_ENDPOINT_URL: all } = access.env;
    const own = { ...access, endpointUrl: sqs || all ? null : address.endpoint };
    this.#aws = new Aws(region, own, patience);
    this.#url = address.url ?? `${awsEndpoint('sqs', region, own)}/${address.account}/${address.name}`;
  }

  /** Returns up to ten messages, which nobody else receives for `hiddenSeconds`. Throws AwsError. */
  async receive(hiddenSeconds: number, signal: AbortSignal): Promise<QueueMessage[]> {
    const input = { QueueUrl: this.#url, MaxNumberOfMessages: TOGETHER, WaitTimeSeconds: 1 };
    const answer = await this.#aws.json(
      'sqs',
      'ReceiveMessage',
      { ...input, VisibilityTimeout: hiddenSeconds },
      signal,
    );
    return listIn(answer.Messages).map(({ MessageId, ReceiptHandle, Body }) => {
      return { id: String(MessageId), handle: String(ReceiptHandle), body: String(Body) };
    });
  }

  /** Deletes up to ten messages by their handles; returns why some were not deleted. Throws AwsError. */
  async remove(handles: readonly string[], signal: AbortSignal): Promise<string[]> {
    const Entries = handles.map((ReceiptHandle, i) => ({ Id: String(i), ReceiptHandle }));
    const answer = await this.#aws.json('sqs', 'DeleteMessageBatch', { QueueUrl: this.#url, Entries }, signal);
    return listIn(answer.Failed).map(({ Code, Message }) => [Code, Message].filter(Boolean).join(': '));
  }
}

const listIn = (value: unknown): AwsAnswer[] =>
  Array.isArray(value) ? value.filter((one): one is AwsAnswer => typeof one === 'object' && one !== null) : [];
