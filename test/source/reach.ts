/** Which keys a plan reaches, computed without a bucket and without narrowing. */
import type { Selection } from '../../src/source/key.ts';
import { planSteps, type Step, treeOf } from '../../src/source/plan.ts';

/** Whether the steps reach the key, computed as the listing does, without a bucket. */
export function meets(steps: Step[], key: string, selection: Selection): boolean {
  return steps.some((step) => {
    if (!key.startsWith(step.prefix)) return false;
    if (step.kind === 'list')
      return (step.after === null || key > step.after) && (step.until === null || key < step.until);
    if (step.kind === 'search') {
      const tree = treeOf(key);
      return tree === null || meets(planSteps(tree, selection), key, selection);
    }
    const folder = key.slice(0, key.indexOf('/', step.prefix.length) + 1);
    // Files beside the folders of accounts and regions are none of theirs.
    return folder !== '' && meets(planSteps(folder, selection), key, selection);
  });
}
