/** Emphasis on a terminal. Without colour it changes nothing. */
export interface Style {
  strong(text: string): string;
  faint(text: string): string;
  bad(text: string): string;
}

export const PLAIN: Style = { strong: (text) => text, faint: (text) => text, bad: (text) => text };
