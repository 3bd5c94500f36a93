/** An output file of a simulation, as a value. The caller decides how and where to write it. */
export interface OutFile {
  /** Relative, with /. A path that ends in .gz is written compressed. */
  path: string;
  text: string;
}

/** Prints JSON values, one a line. */
export const ndjson = (values: readonly unknown[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('');
