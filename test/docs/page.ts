/** Splits a page of documentation into the parts that can be run. */

export interface Block {
  /** First word after the fence: `console`, `sql`, `json`, ... */
  language: string;
  /** The words after it. */
  flags: string[];
  /** Number of its first line, from 1, below the fence. */
  line: number;
  lines: string[];
}

/** One command of a console block with its documented output. */
export interface Step {
  command: string;
  /** Number of its first line in the page. */
  line: number;
  /** Number of the first line of its output, and the output; null if the page shows none. */
  outputLine: number;
  output: string[];
}

/** Returns the fenced blocks of a page. */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | null = null;
  text.split('\n').forEach((line, i) => {
    const fence = /^```\s*(\S*)\s*(.*)$/.exec(line);
    if (fence && open) {
      blocks.push(open);
      open = null;
    } else if (fence) {
      open = { language: fence[1]!, flags: fence[2]!.split(' ').filter(Boolean), line: i + 2, lines: [] };
    } else open?.lines.push(line);
  });
  return blocks;
}

/** Returns the steps of a console block. The output of `make` may hold prompts, so it needs its own block. */
export function stepsOf({ lines, line }: Block): Step[] {
  const steps: Step[] = [];
  const isMake = lines[0]?.startsWith('$ make ') ?? false;
  for (let i = 0; i < lines.length; i++) {
    const text = lines[i]!;
    if (text.startsWith('$ ') && !(isMake && steps.length > 0)) {
      const step: Step = { command: text.slice(2), line: line + i, outputLine: 0, output: [] };
      while (step.command.endsWith('\\') && i + 1 < lines.length) step.command += `\n${lines[++i]}`;
      step.outputLine = line + i + 1;
      steps.push(step);
    } else steps.at(-1)?.output.push(text);
  }
  return steps;
}

/** Programs of a pipeline or list of commands, in order. */
export function programsOf(command: string): string[] {
  const programs: string[] = [];
  // Quoted text holds no separators, and a comment no programs.
  const bare = command
    .replace(/\\\n/g, ' ')
    .replace(/'[^']*'|"(?:\\.|[^"\\])*"/g, 'x')
    .replace(/(?:^|\s)#.*$/gm, '');
  for (const part of bare.split(/\|\|?|&&?(?!\d)|;|\n|\(|\)/)) {
    const words = part.trim().split(/\s+/);
    const program = words.find((word) => !/^[A-Za-z_]\w*=/.test(word) && !/^(?:\d*[<>]|[{}!]$|x$)/.test(word));
    if (program) programs.push(program);
  }
  return programs;
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Whether `printed` matches the page. `...` stands for any text in a line, and alone in a line for any lines. */
export function isAsDocumented(documented: readonly string[], printed: readonly string[]): boolean {
  const parts = trimmed(documented).map((line) =>
    line.trim() === '...' ? '(?:.*\\n)*?' : `${line.split('...').map(escapeRegExp).join('.*?')}\\n`,
  );
  const text = trimmed(printed).map((line) => `${line}\n`);
  return new RegExp(`^${parts.join('')}$`).test(text.join(''));
}

/** Removes blanks at line ends, and empty lines at the end. */
export function trimmed(lines: readonly string[]): string[] {
  const all = lines.map((line) => line.trimEnd());
  while (all.at(-1) === '') all.pop();
  return all;
}
