/** Prints a plan: for people, with the rights that an administrator must grant. Pure. */
import { iamPolicy, type PlanStep, rbacRules, type TargetPlace } from './plan.ts';

const ONLY: Readonly<Record<TargetPlace, string>> = {
  kubernetes: 'pods of a cluster',
  ecs: 'tasks of ECS',
  instances: 'target groups of type instance',
};

/** Returns the whole plan, lines ended. */
export function planText(steps: readonly PlanStep[], window: string): string {
  const lines = [`Plan for ${window}: every call reads, none writes. What is not there is listed in the end.`, ''];
  for (const [i, step] of steps.entries()) {
    const only = step.of.length === 0 ? '' : ` (for ${step.of.map((place) => ONLY[place]).join(', ')})`;
    lines.push(`${i + 1}. ${step.name}${only}`);
    lines.push(`   gathers  ${step.gathers}`);
    lines.push(`   settles  ${step.settles}`);
    lines.push(`   calls    ${step.calls}`);
    lines.push(`   cost     ${step.cost}`);
    const rights = [...step.iam, ...step.rbac.map((right) => `list ${right.replace(/^\//, '')}`)];
    lines.push(`   rights   ${rights.join(', ')}`, '');
  }
  lines.push('IAM policy, the least:', '', JSON.stringify(iamPolicy(steps), null, 2), '');
  lines.push('RBAC rules of a ClusterRole, the least:', '', 'rules:');
  for (const { apiGroups, resources, verbs } of rbacRules(steps)) {
    const list = (words: readonly string[]): string =>
      `[${words.map((word) => (word === '' ? '""' : word)).join(', ')}]`;
    lines.push(`  - { apiGroups: ${list(apiGroups)}, resources: ${list(resources)}, verbs: ${list(verbs)} }`);
  }
  return `${lines.join('\n')}\n`;
}
