/** Recognises events of instances by their outline. A file of its own, because unwrapping imports it without the reader. */
import type { Outline } from '../json-outline.ts';

/** EventBridge's envelope of EC2 or Auto Scaling; at `at` in what holds it. */
export function isInstanceEventOutline(outline: Outline, at = ''): boolean {
  const source = outline.get(`${at}source`) ?? '';
  return outline.has(`${at}detail-type`) && (source === 'aws.ec2' || source === 'aws.autoscaling');
}
