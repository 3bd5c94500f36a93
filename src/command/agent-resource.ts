/** Pages that an agent may read: the tables, the questions, and the causes with their rules. */
import type { ServedResource } from '../mcp/server.ts';
import { readCatalogue } from '../query/catalogue.ts';
import { readPage } from './agent-word.ts';

const page = (name: string, file: string, title: string, description: string): ServedResource => ({
  ...{ name, title, description },
  uri: `draintrace://${name}`,
  mimeType: 'text/markdown',
  read: async () => readPage(file),
});

/** Returns the catalogue as Markdown. */
function questions(): string {
  const parts = readCatalogue().map(({ name, group, title, why, parameters, cost }) => {
    const list = parameters.map(
      ({ name: parameter, type, default: fallback, description }) =>
        `- \`${parameter}\` (${type}, default ${fallback ?? 'none'}): ${description}`,
    );
    return [`## ${name}`, '', `${title}. Group: ${group}.`, '', why, '', ...list, `- cost: ${cost}`].join('\n');
  });
  return `# Questions\n\n${parts.join('\n\n')}\n`;
}

/** All of them, from the package itself. */
export const AGENT_RESOURCES: readonly ServedResource[] = [
  page('schema', 'schema', 'Tables and columns', 'For statements of `sql`.'),
  {
    name: 'questions',
    uri: 'draintrace://questions',
    title: 'Questions of the catalogue',
    description: 'Each with its reason, parameters and cost, for `query`.',
    mimeType: 'text/markdown',
    read: async () => questions(),
  },
  page('causes', 'verdicts', 'Mechanisms, causes, rules', 'Explains every word of a verdict, and the rule behind it.'),
  page('sources', 'evidence', 'Sources of evidence', 'How to get each of them, during an incident and after it.'),
];
