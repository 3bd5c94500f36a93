/** Prints CloudTrail: calls that changed the target group, to the whole second, one object for each quarter of an hour. */
import { formatSeconds, formatTime, SECOND } from '../../time/time.ts';
import type { Scenario } from '../scenario.ts';
import type { Call, World } from '../world.ts';
import type { OutFile } from './file.ts';
import { ACCOUNT, groupArnOf, idOf, REGION, targetIdOf } from './identity.ts';

const INTERVAL = 900 * SECOND;

/** Returns the objects in their S3 layout. Records are unordered, as AWS documents. */
export function cloudTrailFiles(scenario: Scenario, world: World): OutFile[] {
  const intervals = new Map<number, unknown[]>();
  for (const [i, call] of world.calls.entries()) {
    const ends = (Math.floor(call.time / INTERVAL) + 1) * INTERVAL;
    const records = intervals.get(ends) ?? [];
    intervals.set(ends, records);
    if (i % 2 === 0) records.push(recordOf(scenario, call, i));
    else records.unshift(recordOf(scenario, call, i));
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

function recordOf(scenario: Scenario, call: Call, number: number): unknown {
  const isPerson = call.actor === 'person';
  const isEcs = call.actor === 'ecs';
  const id = idOf(`${scenario.name} ${scenario.podNetwork} call ${call.time} ${number}`, 32);
  const uuid = `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(13, 16)}-a${id.slice(17, 20)}-${id.slice(20)}`;
  return {
    eventVersion: '1.11',
    userIdentity: {
      type: 'AssumedRole',
      principalId: 'AROAEXAMPLE:1776157200',
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${isEcs ? 'AWSServiceRoleForECS/ecs-service-scheduler' : isPerson ? 'operations/anna' : 'aws-load-balancer-controller/1776157200'}`,
      accountId: ACCOUNT,
      ...(isEcs ? { invokedBy: 'ecs.amazonaws.com' } : {}),
    },
    eventTime: formatSeconds(call.time),
    eventSource: 'elasticloadbalancing.amazonaws.com',
    eventName: call.action,
    awsRegion: REGION,
    sourceIPAddress: isEcs ? 'ecs.amazonaws.com' : '198.51.100.7',
    userAgent: isEcs
      ? 'ecs.amazonaws.com'
      : isPerson
        ? 'aws-cli/2.31.0'
        : `${CONTROLLERS[scenario.controllerLog]} aws-sdk-go-v2/1.32.4`,
    requestParameters: {
      targetGroupArn: groupArnOf(scenario, call.group),
      targets: [{ id: targetIdOf(call.pod, scenario), port: call.pod.port ?? scenario.port }],
    },
    responseElements: null,
    requestID: uuid.replace('4', '5'),
    eventID: uuid,
    readOnly: false,
    eventType: 'AwsApiCall',
    apiVersion: '2015-12-01',
    managementEvent: true,
    recipientAccountId: ACCOUNT,
    eventCategory: 'Management',
  };
}
