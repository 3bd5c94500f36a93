/** Finds requests that no evidence can settle, because two stories leave the same traces. */
import { SECOND } from '../time/time.ts';
import type { Exchange } from './exchange.ts';
import type { Pod, World } from './world.ts';

/** Two checks of EC2 a minute apart fail before it calls an instance impaired. */
const STATUS_CHECK_SECONDS = 150;

/** Whether an instance fell silent, and was shut down before a check of EC2 could tell its system from its application. */
export function isUntold({ registration, ending }: Exchange): boolean {
  const pod = registration?.pod;
  if (!pod?.machine || (ending !== 'connect_timeout' && ending !== 'response_timeout')) return false;
  const hung = pod.stalls.find(({ how, until }) => how === 'silent' && until === Number.POSITIVE_INFINITY)?.from;
  const since = pod.worker.lost ?? hung;
  const { shuttingDown } = pod.machine;
  return since !== undefined && shuttingDown !== null && shuttingDown - since < STATUS_CHECK_SECONDS * SECOND;
}

/** Whether the node was well, and some but not all of the pods behind its port were ending, not ready or lost. */
export function areSeveral({ registration, wish, time }: Exchange, { pods }: World): boolean {
  const node = registration?.pod;
  if (!node || isAt(node.deleted, time) || isAt(node.worker.lost, time)) return false;
  const behind = pods.filter((pod) => pod.isTarget && isAt(pod.ready, wish.created) && !isAt(pod.gone, wish.created));
  const isDown = ({ restarts }: Pod) => restarts.some(({ killed, ready }) => killed <= time && wish.created < ready);
  const going = behind.filter((pod) => isAt(pod.deleted, time) || isAt(pod.worker.lost, time) || isDown(pod));
  return going.length > 0;
}

const isAt = (time: number | null | undefined, moment: number): boolean => time != null && time <= moment;
