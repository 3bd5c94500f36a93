/** Names that the files of a scenario share. */
import type { Scenario } from '../scenario.ts';
import type { Pod } from '../world.ts';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';

/** Returns `digits` hexadecimal digits, always the same for one name. */
export function idOf(name: string, digits: number): string {
  let text = '';
  for (let salt = 0; text.length < digits; salt++) {
    let hash = 0x811c9dc5 + salt;
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
    text += (hash >>> 0).toString(16).padStart(8, '0');
  }
  return text.slice(0, digits);
}

/** Returns `app/<name>/<id>`, the elb field of the log. */
export const balancerIdOf = ({ name, targets }: Scenario): string =>
  `app/${targets === 'instances' ? '' : 'k8s-'}${name}/${idOf(name, 16)}`;

export const balancerArnOf = (scenario: Scenario): string =>
  `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:loadbalancer/${balancerIdOf(scenario)}`;

/** Returns the name that the load balancer controller gives: of namespace and Service only letters and digits stand in it. */
const controllerGroupOf = ({ namespace, name }: Scenario): string =>
  `k8s-${startOf(namespace)}-${startOf(name)}-${idOf(name, 10)}`;

const startOf = (name: string): string => name.replace(/[^a-z0-9]/g, '').slice(0, 8);

export const groupArnOf = (scenario: Scenario, group = 0): string => {
  const id = idOf(`${scenario.namespace}/${scenario.name}${group === 0 ? '' : ` ${group}`}`, 16);
  return `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:targetgroup/${targetGroupNameOf(scenario, group)}/${id}`;
};

/** Returns the name of a target group: the controller's, or one of the two of a service of ECS, which blue/green needs. */
export const targetGroupNameOf = (scenario: Scenario, group: number): string =>
  scenario.targets === 'tasks'
    ? `${scenario.name.slice(0, 20)}-${group === 0 ? 'blue' : 'green'}`
    : scenario.targets === 'instances'
      ? `${scenario.name.slice(0, 24)}-http`
      : controllerGroupOf(scenario);

/** Returns an ARN of ECS; `path` begins with the type of the resource. The cluster is named like a namespace. */
export const ecsArn = (path: string): string => `arn:aws:ecs:${REGION}:${ACCOUNT}:${path}`;

/** Returns how target health, CloudTrail and the controller name a target: instances, nodes and tasks on the bridge by the id. */
export const targetIdOf = ({ ip, isHostNetwork, worker }: Pod, { targets }: Scenario): string =>
  targets === 'instances' || (isHostNetwork && targets !== 'pods') ? worker.instanceId : ip;

/** Returns the name of the Auto Scaling group. */
export const groupNameOf = ({ name }: Scenario): string => `${name}-asg`;

export const groupArnOfScaling = (scenario: Scenario): string => {
  const id = idOf(`group ${scenario.name}`, 32);
  const uuid = `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`;
  return `arn:aws:autoscaling:${REGION}:${ACCOUNT}:autoScalingGroup:${uuid}:autoScalingGroupName/${groupNameOf(scenario)}`;
};

/** Returns the launch template of the group. */
export const templateOf = ({ name }: Scenario): { id: string } => ({ id: `lt-0${idOf(`template ${name}`, 16)}` });

export const subnetOf = (zone: string): string => `subnet-0${idOf(zone, 16)}`;
