/** Emphasis on a terminal. Without colour it changes nothing. */
export interface Style {
  strong(text: string): string;
  faint(text: string): string;
  bad(text: string): string;
  /** The colour of a cause, which is the same everywhere. */
  cause(word: string, text: string): string;
}

export const PLAIN: Style = {
  strong: (text) => text,
  faint: (text) => text,
  bad: (text) => text,
  cause: (_, text) => text,
};
