/** Where everything is in the kernel's memory. src/alb/kernel.ts has the same numbers. */

/** Of the line that was read last: where its fields begin and end, from TEXT; numbers; integers. */
export const STARTS: usize = 1024;
export const ENDS: usize = 1280;
export const FLOATS: usize = 1536;
export const INTEGERS: usize = 1600;
/** What run() tells: see there. */
export const REPORT: usize = 1664;
/** Columns of a row, 24 bytes each: see column.ts. */
export const COLUMNS: usize = 3072;
export const TEXT: usize = 4096;
/** A key in the making: what is behind it stays zero to the next 16 bytes. */
export const KEY: usize = 34 << 16;
/** Two tables of keys: see intern.ts. */
export const CONTEXTS: usize = 52 << 16;
export const SUMS: usize = 204 << 16;
/** Requests, received and sent bytes of each key of SUMS. */
export const COUNTERS: usize = 356 << 16;
/** Tables of the texts of columns that repeat them, so far apart. */
export const DICTIONARIES: usize = 384 << 16;
export const DICTIONARY_STRIDE: usize = 142 << 16;
/** From here on columns have their values. */
export const HEAP: usize = 810 << 16;
