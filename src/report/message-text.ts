/**
 * The message for a topic of SNS: a text for people (mail, SMS), and JSON for machines (queues, functions, webhooks). A subject
 * has at most 100 characters of ASCII, a message 256 KB. Pure.
 */
import { bounded, messageJson, messageLines, type RunMessage } from './message.ts';
import { truncate } from './text.ts';

const MOST = { subject: 99, sms: 140 };

export interface TopicMessage {
  subject: string;
  /** A text for each protocol of SNS, for `MessageStructure: json`. */
  body: string;
}

/** Returns text of ASCII alone. */
const ascii = (text: string): string =>
  text
    .replace(/×/g, 'x')
    .replace(/…/g, '...')
    .replace(/[^\x20-\x7e]/g, '?');

/** Returns the lines for a mail. */
export function plainMessage(message: RunMessage): string {
  const safe = bounded(message);
  return [
    `draintrace ${safe.command}: ${safe.title}`,
    '',
    ...messageLines(safe).map(([label, text]) => `${label}: ${text}`),
    '',
  ].join('\n');
}

/** Returns subject and body of the message. */
export function topicMessage(message: RunMessage, sentAt: string): TopicMessage {
  const safe = bounded(message);
  const json = messageJson(message, sentAt);
  const line = ascii(`draintrace ${safe.command}: ${safe.title}`);
  return {
    subject: truncate(line, MOST.subject - 3).replace(/…$/, '...'),
    body: JSON.stringify({
      default: plainMessage(message),
      sms: truncate(line, MOST.sms - 3).replace(/…$/, '...'),
      ...{ http: json, https: json, sqs: json, lambda: json, firehose: json },
    }),
  };
}
