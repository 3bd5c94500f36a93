/** Answers of Elastic Load Balancing, from the files of a simulation. */
import { textBelow } from './simulated.ts';
import type { StandInAws, Xml } from './stand-in-aws.ts';

interface Group {
  TargetGroupArn: string;
  LoadBalancerArns: string[];
  [name: string]: Xml;
}

/** Attributes of the load balancer, and tags of the group, as they are when asked. */
export interface BalancerAnswers {
  attributes(): Record<string, string>;
  tags(): Record<string, string>;
}

/** Lets the stand-in answer for the load balancer of a simulation and its target group. Returns the group. */
export function answerBalancer({ answers }: StandInAws, folder: string, { attributes, tags }: BalancerAnswers): Group {
  const read = (path: string): unknown => JSON.parse(textBelow(folder, `evidence/${path}`).toString());
  const { TargetGroups } = read('setting/target-groups.json') as { TargetGroups: Group[] };
  const { TargetHealthDescriptions } = read('snapshot/targets.json') as { TargetHealthDescriptions: Xml[] };
  const { Attributes } = read('setting/target-group-attributes.json') as { Attributes: Xml[] };
  const group = TargetGroups[0]!;
  const arn = group.LoadBalancerArns[0]!;
  const balancer: Xml = {
    ...{ LoadBalancerArn: arn, LoadBalancerName: arn.split('/')[2]!, Type: 'application', Scheme: 'internal' },
  };
  const set = (action: string, answer: () => Xml) => answers.set(`elasticloadbalancing:${action}`, answer);
  set('DescribeLoadBalancers', () => ({ LoadBalancers: [balancer] }));
  set('DescribeTargetGroups', () => ({ TargetGroups }));
  set('DescribeTargetGroupAttributes', () => ({ Attributes }));
  set('DescribeTargetHealth', () => ({ TargetHealthDescriptions }));
  set('DescribeLoadBalancerAttributes', () => ({ Attributes: pairs(attributes()) }));
  set('DescribeTags', () => ({
    TagDescriptions: [{ ResourceArn: group.TargetGroupArn, Tags: pairs(tags()) }],
  }));
  return group;
}

const pairs = (values: Record<string, string>): Xml[] => Object.entries(values).map(([Key, Value]) => ({ Key, Value }));
