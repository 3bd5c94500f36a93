/** Plans the end of a task: SIGTERM, the ends of its containers, and when its network and the task itself are gone. */
import { fromSeconds } from '../../time/time.ts';
import type { Random } from '../random.ts';
import type { Scenario } from '../scenario.ts';
import type { Pod, TaskContainer } from '../world.ts';

/** SIGKILL, by its exit code. */
const KILLED = 137;

/** A task whose containers get SIGTERM at `time`, together. Those that have not ended after stopTimeout are killed. */
export function terminateTask(pod: Pod, time: number, scenario: Scenario, random: Random): void {
  const task = pod.task!;
  const killed = time + fromSeconds(scenario.terminationGracePeriodSeconds);
  const exits = scenario.sigterm === 'ignore' ? killed : time + fromSeconds(random.duration(scenario.exitSeconds));
  pod.terminated = time;
  pod.exited = Math.min(exits, killed);
  pod.exitCode = exits >= killed ? KILLED : scenario.sigterm === 'drain' ? 0 : 143;
  pod.closed = scenario.sigterm === 'drain' ? Math.min(time, pod.exited) : pod.exited;
  for (const container of task.containers) {
    if (container.exited !== null) continue;
    container.exited = container.serves ? pod.exited : Math.min(killed, time + fromSeconds(random.between(0.1, 2)));
    container.exitCode = container.exited >= killed ? KILLED : container.serves ? pod.exitCode : 143;
  }
  takeDown(pod, scenario, random);
}

/** An essential container ends by itself at `time`; what is left gets SIGTERM a moment after. Returns when ECS decides to stop the task. */
export function endByItself(
  pod: Pod,
  time: number,
  end: 'out of memory' | 'exit' | 'sidecar',
  scenario: Scenario,
  random: Random,
): number {
  const task = pod.task!;
  const decided = time + fromSeconds(random.between(0.15, 1.1));
  task.ownEnd = time;
  const culprit = task.containers.find(({ serves }) => serves === (end !== 'sidecar')) ?? task.containers[0]!;
  culprit.exited = time;
  culprit.exitCode = end === 'out of memory' ? KILLED : 1;
  culprit.reason = end === 'out of memory' ? 'OutOfMemoryError: Container killed due to memory usage' : null;
  if (culprit.serves) {
    pod.exited = time;
    pod.closed = time;
    pod.exitCode = culprit.exitCode;
    for (const other of task.containers.filter(({ exited }) => exited === null)) endSoon(other, decided, random);
    takeDown(pod, scenario, random);
  } else terminateTask(pod, decided + fromSeconds(random.between(0.2, 1)), scenario, random);
  return decided;
}

function endSoon(container: TaskContainer, decided: number, random: Random): void {
  container.exited = decided + fromSeconds(random.between(0.3, 2));
  container.exitCode = 143;
}

/** Without its containers the network of a task still refuses for a while; the host of one on the bridge always does. */
function takeDown(pod: Pod, { taskNetwork }: Scenario, random: Random): void {
  const task = pod.task!;
  const last = Math.max(...task.containers.map(({ exited }) => exited!));
  const isFargate = taskNetwork === 'awsvpc';
  task.executionStopped = last;
  pod.silent = last + fromSeconds(isFargate ? random.between(1, 8) : random.between(0.1, 0.5));
  pod.gone = last + fromSeconds(isFargate ? random.between(20, 35) : random.between(1, 3));
}
