/** Reads the labels of samples/stories: the right verdicts on each failure. samples/stories/README.md explains the format. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../test/cli.ts';

export const STORIES = join(ROOT, 'samples', 'stories');

type Scalar = string | number | boolean | null;
/** One value, a list of allowed values, or bounds of a number. */
export type Wanted = Scalar | readonly Scalar[] | { min?: number; max?: number };
/** Columns of a verdict with their wanted values. */
export type Pattern = Readonly<Record<string, Wanted>>;

/** An answer names one `cause`, or two possible causes (`either`), and may name further columns. */
export interface AnswerBody {
  cause?: string | null;
  either?: readonly [string, string];
}
export type RightAnswer = AnswerBody & Pattern;

export interface Label {
  mechanism: string;
  /** Each of these answers is right. */
  answers: readonly RightAnswer[];
  /** A verdict that fits one of these is confidently wrong: it sends the reader to the wrong place. */
  must_not?: readonly Pattern[];
}

export interface Story {
  name: string;
  /** Public thread, or `constructed`. */
  source: string;
  origin: 'thread' | 'constructed';
  /** First line of the story's README. */
  title: string;
  /** Labels by trace id. */
  failures: Readonly<Record<string, Label>>;
}

/** Returns the folder with a tool's input. */
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
