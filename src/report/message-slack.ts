/**
 * The message for an incoming webhook of Slack, in Block Kit. Slack's limits: 50 blocks, 150 characters of a header, 3,000 of a
 * section. Text is verbatim, so that Slack makes no link or mention of it by itself. Pure.
 */
import { bounded, MARKS, messageLines, type RunMessage } from './message.ts';
import { truncate } from './text.ts';

const MOST = { header: 150, section: 3000, fallback: 1000 };
/** Splits what would be an emphasis; it has no width. */
const BREAK = '\u200b';

/** Returns text for `mrkdwn`: without a mention (`<!channel>`, `<@U1>`), a link or an emphasis. */
const slackText = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    // Slack sees an emphasis at the edge of a word only, so names with an underscore stay as they are.
    .replace(/(?<![\w])[*_~`](?=\S)|(?<=\S)[*_~`](?![\w])|`/g, (sign) => `${BREAK}${sign}${BREAK}`)
    // An emoji is a name between two colons; a time of day stays as it is.
    .replace(/:(?!\d{2}:)(?=[\w+-]+:)|@(?=\w)/g, `$&${BREAK}`);

/** Returns escaped text of at most so many characters. The text is cut, not its escapes. */
function fitted(text: string, most: number, prefix = ''): string {
  for (let cells = most; cells > 0; cells = Math.floor(cells * 0.8)) {
    const whole = prefix + slackText(truncate(text, cells));
    if (whole.length <= most) return whole;
  }
  return prefix;
}

/** Returns the body of the request. */
export function slackMessage(message: RunMessage): string {
  const safe = bounded(message);
  const title = `${MARKS[safe.outcome]} draintrace ${safe.command}: ${safe.title}`;
  const blocks = [
    // A header takes plain text only, in which nothing is a mention or a link.
    { type: 'header', text: { type: 'plain_text', text: truncate(title, MOST.header), emoji: false } },
    ...messageLines(safe).map(([label, text]) => ({
      type: 'section',
      text: { type: 'mrkdwn', text: fitted(text, MOST.section, `*${label}* `), verbatim: true },
    })),
  ];
  // Shown in notifications, and by readers that know no blocks.
  return JSON.stringify({ text: fitted(title, MOST.fallback), blocks });
}
