/** Recognises events of instances by their outline. A file of its own, because unwrapping imports it without the reader. */
import type { Outline } from '../json-outline.ts';

const SOURCES: ReadonlySet<string> = new Set(['aws.ec2', 'aws.autoscaling', 'aws.ec2fleet', 'aws.ec2spotfleet']);

/** EventBridge's envelope of EC2 or Auto Scaling, or what a group sends to SNS and SQS itself; at `at` in what holds it. */
export function isInstanceEventOutline(outline: Outline, at = ''): boolean {
  if (outline.has(`${at}detail-type`)) return SOURCES.has(outline.get(`${at}source`) ?? '');
  // A hook has a transition too, and names no instance.
  const transition = outline.has(`${at}EC2InstanceId`) ? outline.get(`${at}LifecycleTransition`) : undefined;
  return (transition ?? outline.get(`${at}Event`) ?? '').startsWith('autoscaling:');
}
