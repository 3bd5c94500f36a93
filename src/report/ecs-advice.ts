/**
 * Advice for services of ECS: there is no preStop. A task that its scheduler stops gets SIGTERM when its target is drained,
 * so the deregistration delay is the lever; stopTimeout bounds what comes after, and minimumHealthyPercent how many go at once.
 */
import type { AdviceRow } from './advice-row.ts';
import { count, duration, labelled, printable, safeJson, shellWord } from './text.ts';

/** Settings in force of a service; null where nothing says. */
export interface EcsEffectiveSettings {
  deregistration_delay_seconds: number | null;
  stop_timeout_seconds: number | null;
  minimum_healthy_percent: number | null;
  maximum_percent: number | null;
}

/** The advised value; null where the setting stays as it is, whatever that is. */
export interface EcsAdvice {
  deregistration_delay_seconds: number | null;
  stop_timeout_seconds: number;
  minimum_healthy_percent: number | null;
}

/** Seconds from SIGTERM to SIGKILL where the task definition sets none. */
const DEFAULT_STOP_TIMEOUT = 30;
/** Fargate takes no more. */
const MOST_STOP_TIMEOUT = 120;

/** The kind of owner that marks a row as one of a service of ECS. */
export const isEcs = (row: Pick<AdviceRow, 'deployment_kind'>): boolean => row.deployment_kind === 'EcsService';

/** Returns what a row advises, null where it advises nothing. A setting in force is not lowered without `allowLower`. */
export function adviseEcs(row: AdviceRow, inForce: EcsEffectiveSettings, allowLower: boolean): EcsAdvice | null {
  const { needed_deregistration_delay_seconds: delay, needed_finish_seconds: finish } = row;
  if (delay === null || finish === null) return null;
  const now = inForce.deregistration_delay_seconds;
  const stop = inForce.stop_timeout_seconds ?? DEFAULT_STOP_TIMEOUT;
  const healthy = inForce.minimum_healthy_percent;
  return {
    deregistration_delay_seconds: allowLower ? delay : now === null ? null : Math.ceil(Math.max(delay, now)),
    stop_timeout_seconds: allowLower ? finish : Math.ceil(Math.max(finish, stop)),
    minimum_healthy_percent: healthy !== null && healthy < 100 ? 100 : null,
  };
}

const known = (value: number | null, unit: string): string => (value === null ? 'not known' : `${value} ${unit}`);

/** Returns the part of one service, with commands and snippets where there is advice. */
export function ecsAdviceText(
  row: AdviceRow,
  inForce: EcsEffectiveSettings,
  { allowLower, hints, strong }: { allowLower: boolean; hints: readonly string[]; strong: (text: string) => string },
): string {
  const name = printable([row.namespace, row.deployment].filter((part) => part !== null).join('/'));
  const group = printable(row.target_group_arn.split('/')[1] ?? row.target_group_arn);
  const parts = [
    `${strong(`EcsService ${name}`)}, target group ${group}\n`,
    labelled(
      'late routing',
      `${count(row.late_requests, 'request')} to ${count(row.pods, 'stopping task')} of ${count(row.versions, 'version')}; ` +
        `${row.late_failures} failed`,
    ),
    labelled(
      '',
      `routed ${duration(row.median_routed_seconds)} after the stopping began in the median, ` +
        `${duration(row.p99_routed_seconds)} at the 99th percentile, ${duration(row.last_routed_seconds)} at most`,
    ),
    ...cutLines(row),
    labelled(
      'in force',
      `deregistration delay ${known(inForce.deregistration_delay_seconds, 's')}, stopTimeout ${known(inForce.stop_timeout_seconds, 's')}, ` +
        `minimumHealthyPercent ${known(inForce.minimum_healthy_percent, '%')}`,
    ),
  ];
  const advice = adviseEcs(row, inForce, allowLower);
  if (advice === null) {
    parts.push(
      labelled(
        'advice',
        'none: too few to show the longest. It takes 10 stopped tasks and 50 requests routed late; ' +
          `${count(row.pods, 'task')} and ${count(row.late_requests, 'request')} are known`,
      ),
    );
  } else parts.push(...adviceLines(row, advice, inForce));
  for (const [index, hint] of hints.entries()) parts.push(labelled(index === 0 ? 'not known' : '', hint));
  return parts.join('');
}

function cutLines({ killed_in_flight, drain_delay_elapsed }: AdviceRow): string[] {
  const cut = [
    killed_in_flight > 0
      ? `${count(killed_in_flight, 'request')} by the end of ${killed_in_flight === 1 ? 'its' : 'their'} task`
      : '',
    drain_delay_elapsed > 0 ? `${count(drain_delay_elapsed, 'request')} by the end of the deregistration delay` : '',
  ].filter((text) => text !== '');
  return cut.length === 0 ? [] : [labelled('cut off', cut.join(', '))];
}

function adviceLines(row: AdviceRow, advice: EcsAdvice, inForce: EcsEffectiveSettings): string[] {
  const needed = row.needed_deregistration_delay_seconds;
  const reason =
    `${duration(row.last_routed_after_deregistration_seconds)} of routing after the deregistration and the longest ` +
    `request, ${duration(row.longest_request_seconds ?? 0)}, and a tenth, at least 1 s`;
  const delay = advice.deregistration_delay_seconds;
  const stop = advice.stop_timeout_seconds;
  const lines = [
    delay === null
      ? labelled(
          'advice',
          `deregistration delay at least ${needed} s: ${reason}; keep the one in force if it is longer`,
        )
      : labelled('advice', `deregistration delay ${delay} s: ${delay === needed ? reason : 'as it is'}`),
    labelled(
      '',
      `stopTimeout ${stop} s: ${stop === row.needed_finish_seconds ? 'the longest request likewise' : 'unchanged, above the longest request'}`,
    ),
  ];
  if (stop > MOST_STOP_TIMEOUT)
    lines.push(labelled('', `Fargate takes at most ${MOST_STOP_TIMEOUT} s: longer requests need another design`));
  if (advice.minimum_healthy_percent !== null) {
    lines.push(
      labelled(
        '',
        `minimumHealthyPercent 100, not ${inForce.minimum_healthy_percent}: new tasks are registered before old ones end`,
      ),
    );
  }
  lines.push(
    labelled(
      'cost',
      'each deployment takes longer by the increase of the delay, and the ending tasks cost money meanwhile',
    ),
    labelled('rests on', `${count(row.pods, 'stopped task')}, ${count(row.late_requests, 'late request')}`),
    ...snippets(row, { ...advice, deregistration_delay_seconds: delay ?? needed }).map((text) => `    ${text}\n`),
  );
  return lines;
}

/** The same three settings for the CLI, for Terraform and for CloudFormation. */
function snippets(row: AdviceRow, advice: EcsAdvice): string[] {
  const delay = advice.deregistration_delay_seconds;
  const healthy = advice.minimum_healthy_percent;
  const container = safeJson(row.container ?? 'CONTAINER');
  return [
    '# AWS CLI; stopTimeout takes a new revision of the task definition',
    `aws elbv2 modify-target-group-attributes --target-group-arn ${shellWord(row.target_group_arn)} --attributes Key=deregistration_delay.timeout_seconds,Value=${delay}`,
    ...(healthy === null
      ? []
      : [
          `aws ecs update-service --cluster ${shellWord(row.namespace ?? 'CLUSTER')} --service ${shellWord(row.deployment)} --deployment-configuration minimumHealthyPercent=${healthy},maximumPercent=200`,
        ]),
    '# Terraform',
    `resource "aws_lb_target_group" "..." { deregistration_delay = ${delay} }`,
    `resource "aws_ecs_task_definition" "..." { container_definitions = jsonencode([{ name = ${container}, stopTimeout = ${advice.stop_timeout_seconds} }]) }`,
    ...(healthy === null
      ? []
      : [
          `resource "aws_ecs_service" "..." { deployment_minimum_healthy_percent = ${healthy}, deployment_maximum_percent = 200 }`,
        ]),
    '# CloudFormation',
    `TargetGroupAttributes: [{Key: deregistration_delay.timeout_seconds, Value: "${delay}"}]   # AWS::ElasticLoadBalancingV2::TargetGroup`,
    `ContainerDefinitions: [{Name: ${container}, StopTimeout: ${advice.stop_timeout_seconds}}]   # AWS::ECS::TaskDefinition`,
    ...(healthy === null
      ? []
      : [`DeploymentConfiguration: {MinimumHealthyPercent: ${healthy}, MaximumPercent: 200}   # AWS::ECS::Service`]),
  ];
}

/** Returns the commands that set what is advised for one service and is not so already; none where nothing is. */
export function ecsCommands(row: AdviceRow, inForce: EcsEffectiveSettings, allowLower: boolean): string[] {
  const advice = adviseEcs(row, inForce, allowLower);
  if (advice === null) return [];
  const { minimum_healthy_percent: healthy, stop_timeout_seconds: stop } = advice;
  const delay = advice.deregistration_delay_seconds ?? row.needed_deregistration_delay_seconds;
  const cluster = shellWord(row.namespace ?? 'CLUSTER');
  const service = shellWord(row.deployment);
  const commands: string[] = [];
  if (delay !== inForce.deregistration_delay_seconds) {
    commands.push(
      `aws elbv2 modify-target-group-attributes --target-group-arn ${shellWord(row.target_group_arn)} --attributes Key=deregistration_delay.timeout_seconds,Value=${delay}`,
    );
  }
  const isLonger = stop !== (inForce.stop_timeout_seconds ?? DEFAULT_STOP_TIMEOUT);
  if (isLonger) {
    const which = row.container === null ? 'CONTAINER' : row.container;
    const filter = `(.containerDefinitions[] | select(.name == ${safeJson(which)})).stopTimeout = ${stop} | del(.taskDefinitionArn, .revision, .status, .requiresAttributes, .compatibilities, .registeredAt, .registeredBy)`;
    commands.push(
      `definition=$(aws ecs describe-services --cluster ${cluster} --services ${service} --query 'services[0].taskDefinition' --output text)`,
      `aws ecs describe-task-definition --task-definition "$definition" --query taskDefinition | jq ${shellWord(filter)} > task-definition.json`,
      'definition=$(aws ecs register-task-definition --cli-input-json file://task-definition.json --query taskDefinition.taskDefinitionArn --output text)',
    );
  }
  if (isLonger || healthy !== null) {
    const own = isLonger ? ' --task-definition "$definition"' : '';
    const configuration =
      healthy === null ? '' : ` --deployment-configuration minimumHealthyPercent=${healthy},maximumPercent=200`;
    commands.push(`aws ecs update-service --cluster ${cluster} --service ${service}${own}${configuration}`);
  }
  return commands.length === 0
    ? []
    : [`# EcsService ${printable(row.namespace ?? '')}/${printable(row.deployment)}`, ...commands];
}

/** Returns the advice of one service as a sentence for the report. */
export function ecsSentence(row: AdviceRow): string {
  const name = [row.namespace, row.deployment].filter((part) => part !== null).join('/');
  const rests = `${count(row.late_requests, 'request')} to ${count(row.pods, 'stopping task')}`;
  const delay = row.advised_deregistration_delay_seconds ?? row.needed_deregistration_delay_seconds;
  const chosen = `${name}: the balancer chose a task up to ${duration(row.last_routed_seconds)} after its stopping began`;
  if (delay === null) return `${chosen}, but ${rests} are too few to advise a number.`;
  return (
    `${chosen}: a deregistration delay of at least ${delay} s, and an application that keeps serving after SIGTERM, ` +
    `would have kept ${count(row.late_failures, 'failure')} from happening; it rests on ${rests}.`
  );
}
