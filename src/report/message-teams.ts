/**
 * The message for a webhook of Microsoft Teams (the Workflows app): a message with one Adaptive Card of at most 28 KB. Text of
 * logs stands in runs of rich text, where Markdown is not read; a card mentions only whom its `msteams.entities` name. Pure.
 */
import { bounded, MARKS, messageLines, type RunMessage } from './message.ts';
import { truncate } from './text.ts';

/** Teams takes 28 KB, of which its own message around the card needs some. */
const MOST_BYTES = 20_000;

/** Returns text for a run. A card replaces `{{DATE(...)}}` by a date, wherever it stands. */
const teamsText = (text: string): string => text.replace(/\{(?=\{)/g, '{\u200b');

const run = (text: string, own: object = {}): object => ({ type: 'TextRun', text: teamsText(text), ...own });
const block = (...inlines: object[]): object => ({ type: 'RichTextBlock', inlines });

/** Returns the body of the request. */
export function teamsMessage(message: RunMessage): string {
  const safe = bounded(message);
  const title = `${MARKS[safe.outcome]} draintrace ${safe.command}: ${safe.title}`;
  for (let longest = 1000; ; longest = Math.floor(longest / 2)) {
    const body = [
      block(run(title, { weight: 'Bolder', size: 'Medium' })),
      ...messageLines(safe).map(([label, text]) =>
        block(run(`${label}: `, { weight: 'Bolder' }), run(truncate(text, longest))),
      ),
    ];
    const text = JSON.stringify({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          contentUrl: null,
          content: {
            $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
            type: 'AdaptiveCard',
            version: '1.4',
            msteams: { width: 'Full' },
            body,
          },
        },
      ],
    });
    if (new TextEncoder().encode(text).length <= MOST_BYTES || longest < 20) return text;
  }
}
