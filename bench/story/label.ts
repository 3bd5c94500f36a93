/** The labels of samples/stories: what may be said of each failure. samples/stories/README.md tells how they are written. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../test/cli.ts';

export const STORIES = join(ROOT, 'samples', 'stories');

type Scalar = string | number | boolean | null;
/** One value, a list of values of which one must stand there, or bounds of a number. */
export type Wanted = Scalar | readonly Scalar[] | { min?: number; max?: number };
/** Columns of a verdict and what they hold. */
export type Pattern = Readonly<Record<string, Wanted>>;

/** An answer names one `cause`, or two causes that stay open (`either`), and may name further columns. */
export interface AnswerBody {
  cause?: string | null;
  either?: readonly [string, string];
}
export type RightAnswer = AnswerBody & Pattern;

export interface Label {
  mechanism: string;
  /** Each of these is right. */
  answers: readonly RightAnswer[];
  /** A verdict that fits one of these is wrong with confidence: it sends the reader to the wrong place. */
  must_not?: readonly Pattern[];
}

export interface Story {
  name: string;
  /** Public thread, or `constructed`. */
  source: string;
  origin: 'thread' | 'constructed';
  /** First line of its README. */
  title: string;
  /** Labels by trace id. */
  failures: Readonly<Record<string, Label>>;
}

/** Returns the folder of what a tool is given. */
export const inputOf = (name: string): string => join(STORIES, name, 'input');

/** Returns all stories, by name. */
export function readStories(): Story[] {
  return readdirSync(STORIES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => readStory(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function readStory(name: string): Story {
  const text = (file: string): string => readFileSync(join(STORIES, name, file), 'utf8');
  const labels = JSON.parse(text('expected.json')) as Omit<Story, 'name' | 'title'>;
  return { name, title: text('README.md').split('\n')[0]!.replace(/^# /, ''), ...labels };
}
