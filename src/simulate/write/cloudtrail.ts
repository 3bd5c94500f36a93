/** Prints CloudTrail: calls that changed the target group, to the whole second, one object for each quarter of an hour. */
import { formatSeconds, formatTime, SECOND } from '../../time/time.ts';
import type { Scenario } from '../scenario.ts';
import type { Call, World } from '../world.ts';
import type { OutFile } from './file.ts';
import { ACCOUNT, groupArnOf, idOf, REGION, targetIdOf } from './identity.ts';
import { type InstanceCall, instanceCalls } from './instance-call.ts';

const INTERVAL = 900 * SECOND;

/** Returns the objects in their S3 layout. Records are unordered, as AWS documents. */
export function cloudTrailFiles(scenario: Scenario, world: World): OutFile[] {
  const intervals = new Map<number, unknown[]>();
  const records = [
    ...world.calls.map((call, i) => ({ time: call.time, record: targetRecord(scenario, call, i) })),
    ...instanceCalls(scenario, world).map((call, i) => ({
      time: call.time,
      record: { ...recordOf(scenario, call.actor, call.time, world.calls.length + i), ...call.more },
    })),
  ];
  for (const [i, { time, record }] of records.entries()) {
    const ends = (Math.floor(time / INTERVAL) + 1) * INTERVAL;
    const inInterval = intervals.get(ends) ?? [];
    intervals.set(ends, inInterval);
    if (i % 2 === 0) inInterval.push(record);
    else inInterval.unshift(record);
  }
  return [...intervals].map(([ends, records]) => {
    const day = formatTime(ends).slice(0, 10).replaceAll('-', '/');
    const stamp = formatTime(ends).slice(0, 16).replaceAll('-', '').replace(':', '');
    const unique = idOf(`${scenario.name} trail ${stamp}`, 16);
    const name = `${ACCOUNT}_CloudTrail_${REGION}_${stamp}Z_${unique}.json.gz`;
    return {
      path: `AWSLogs/${ACCOUNT}/CloudTrail/${REGION}/${day}/${name}`,
      text: JSON.stringify({ Records: records }),
    };
  });
}

const CONTROLLERS = {
  epoch: 'elbv2.k8s.aws/v2.4.7',
  seconds: 'elbv2.k8s.aws/v2.13.3',
  v1: 'alb-ingress-controller/v1.1.8',
} as const;

/** Who called: an assumed role, and where the call came from. */
interface Caller {
  role: string;
  /** The service that calls for itself. */
  service: string | null;
  agent: string;
}

function callerOf({ controllerLog }: Scenario, actor: InstanceCall['actor']): Caller {
  const byService = (role: string, service: string): Caller => ({ role, service, agent: service });
  switch (actor) {
    case 'ecs':
      return byService('AWSServiceRoleForECS/ecs-service-scheduler', 'ecs.amazonaws.com');
    case 'auto-scaling':
      return byService('AWSServiceRoleForAutoScaling/AutoScaling', 'autoscaling.amazonaws.com');
    case 'codedeploy':
      return byService('deploy-shop/codedeploy', 'codedeploy.amazonaws.com');
    case 'ec2':
      return byService('', 'ec2.amazonaws.com');
    case 'person':
      return { role: 'operations/anna', service: null, agent: 'aws-cli/2.31.0' };
    case 'controller': {
      const agent = `${CONTROLLERS[controllerLog]} aws-sdk-go-v2/1.32.4`;
      return { role: 'aws-load-balancer-controller/1776157200', service: null, agent };
    }
  }
}

/** Returns what all records have. */
function recordOf(scenario: Scenario, actor: InstanceCall['actor'], time: number, number: number): object {
  const { role, service, agent } = callerOf(scenario, actor);
  const id = idOf(`${scenario.name} ${scenario.podNetwork} call ${time} ${number}`, 32);
  const uuid = `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(13, 16)}-a${id.slice(17, 20)}-${id.slice(20)}`;
  const invokedBy = service === null ? {} : { invokedBy: service };
  return {
    eventVersion: '1.11',
    userIdentity:
      role === ''
        ? { accountId: ACCOUNT, ...invokedBy }
        : {
            type: 'AssumedRole',
            principalId: 'AROAEXAMPLE:1776157200',
            arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${role}`,
            accountId: ACCOUNT,
            ...invokedBy,
          },
    eventTime: formatSeconds(time),
    awsRegion: REGION,
    sourceIPAddress: service ?? '198.51.100.7',
    userAgent: agent,
    requestID: uuid.replace('4', '5'),
    eventID: uuid,
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: ACCOUNT,
    eventCategory: 'Management',
  };
}

function targetRecord(scenario: Scenario, call: Call, number: number): object {
  const id = targetIdOf(call.pod, scenario);
  // A group and CodeDeploy name the instance alone.
  const port = scenario.targets === 'instances' ? {} : { port: call.pod.port ?? scenario.port };
  return {
    ...recordOf(scenario, call.actor, call.time, number),
    eventSource: 'elasticloadbalancing.amazonaws.com',
    eventName: call.action,
    requestParameters: { targetGroupArn: groupArnOf(scenario, call.group), targets: [{ id, ...port }] },
    responseElements: null,
    apiVersion: '2015-12-01',
  };
}
