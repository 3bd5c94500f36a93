/** Defines the saying of one line of a log about one node. */
import type { NodeFact } from '../fact.ts';

export type LogSaying = Omit<NodeFact, 'line' | 'earliest' | 'latest' | 'kind'> & {
  /** A line about an end is written after it. */
  bound: 'at' | 'by';
};
