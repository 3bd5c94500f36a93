/** Shape means mechanism: each mechanism between balancer and target has a shape of its own, the others share one. */
import type { Mechanism } from '../query/word.ts';

/** SVG paths, relative to their middle, each some 9 wide. */
export const MARK_SHAPES: readonly string[] = [
  'm0-4.5a4.5 4.5 0 1 1-.1 0z',
  'm-4-4h8v8h-8z',
  'm0-5l5 9h-10z',
  'm0-5.5l5.5 5.5l-5.5 5.5l-5.5-5.5z',
  'm-5-4h10l-5 9z',
  'm-4-5.2l4 4l4-4l1.2 1.2l-4 4l4 4l-1.2 1.2l-4-4l-4 4l-1.2-1.2l4-4l-4-4z',
];

const ORDER: readonly Mechanism[] = [
  'connect_timeout',
  'connect_failed',
  'closed_in_flight',
  'response_timeout',
  'target_error',
];

/** Returns the place in MARK_SHAPES of a mechanism's shape. */
export function shapeOf(mechanism: string): number {
  const place = (ORDER as readonly string[]).indexOf(mechanism);
  return place < 0 ? MARK_SHAPES.length - 1 : place;
}
