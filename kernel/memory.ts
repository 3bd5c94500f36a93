/** Layout of the kernel's memory. src/alb/kernel.ts has the same numbers. */

/** The last line: begin and end of its fields, relative to TEXT; numbers; integers. */
export const STARTS: usize = 1024;
export const ENDS: usize = 1280;
export const FLOATS: usize = 1536;
export const INTEGERS: usize = 1600;
/** Result of run(); run.ts describes it. */
export const REPORT: usize = 1664;
/** Columns of a row, 24 bytes each; column.ts describes them. */
export const COLUMNS: usize = 3072;
export const TEXT: usize = 4096;
/** A key under construction. The bytes after it stay zero up to the next 16 bytes. */
export const KEY: usize = 34 << 16;
/** Two tables of keys; intern.ts describes them. */
export const CONTEXTS: usize = 52 << 16;
export const SUMS: usize = 204 << 16;
/** Requests, received and sent bytes of each key of SUMS. */
export const COUNTERS: usize = 356 << 16;
/** Tables of the texts of repeated columns, with this distance. */
export const DICTIONARIES: usize = 384 << 16;
export const DICTIONARY_STRIDE: usize = 142 << 16;
/** Column values begin here. */
export const HEAP: usize = 810 << 16;
