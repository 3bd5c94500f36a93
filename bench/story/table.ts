/** Prints the score as Markdown, for docs/accuracy.md. */
import { answersInWords, type Grade, inWords } from './judge.ts';
import { isRight, type Outcome } from './run.ts';

const GRADES: readonly Grade[] = ['right', 'silent', 'wrong', 'harmful'];

const countsOf = (outcomes: readonly Outcome[]): Record<Grade, number> => {
  const grades = outcomes.flatMap(({ failures }) => failures.map(({ grade }) => grade));
  return Object.fromEntries(GRADES.map((one) => [one, grades.filter((grade) => grade === one).length])) as Record<
    Grade,
    number
  >;
};

/** Returns one sentence: `stories: 48 of 50 right; ...`. */
export function scoreLine(outcomes: readonly Outcome[]): string {
  const { right, silent, wrong, harmful } = countsOf(outcomes);
  const failures = right + silent + wrong + harmful;
  return (
    `stories: ${outcomes.filter(isRight).length} of ${outcomes.length} right; ` +
    `failures: ${right} of ${failures} right, ${silent} silent, ${wrong} wrong, ${harmful} harmful`
  );
}

/** Returns the lines of one story that is not right: the verdict, and the right answers. */
export function explainOutcome({ story, failures, unlabelled }: Outcome): string[] {
  const lines = failures
    .filter(({ grade }) => grade !== 'right')
    .map(
      ({ label, said, grade, traceId }) =>
        `${story.name}: ${grade}: ${traceId} said ${inWords(label, said)}; right is ${answersInWords(label)}`,
    );
  return [...lines, ...unlabelled.map((traceId) => `${story.name}: ${traceId} has a verdict and no label`)];
}

/** Returns the table of all stories. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map((outcome) => {
    const counts = countsOf([outcome]);
    const { name, source, origin } = outcome.story;
    const cells = GRADES.map((grade) => counts[grade] || '');
    const from = origin === 'thread' ? source : 'constructed';
    return `| [${name}](../samples/stories/${name}/README.md) | ${from} | ${cells.join(' | ')} |`;
  });
  return [
    `${scoreLine(outcomes)}.`,
    '',
    `| story | source | ${GRADES.join(' | ')} |`,
    `|---|---|${GRADES.map(() => '---|').join('')}`,
    ...rows,
    '',
  ].join('\n');
}
