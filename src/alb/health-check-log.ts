/** Table of the fields of an ALB health check log line. Source: AWS user guide "Health check logs", 10 fields (2026). */
import type { LineField, LineFieldType, LineFormat } from './line-format.ts';

const field = (
  name: string,
  type: LineFieldType,
  columns: readonly string[],
  description: string,
  rule: Pick<LineField, 'required' | 'values'> = {},
): LineField => ({ name, type, columns, description, ...rule });

export const HEALTH_CHECK_LOG: LineFormat = {
  kind: 'alb_health_check_log',
  table: 'health_check',
  // The first lines of November 2025 had neither elb nor ip_address.
  minFields: 8,
  fields: [
    field('type', 'text', ['type'], 'http, https, h2 or grpc', { required: true }),
    field('time', 'time', ['earliest', 'latest'], 'when the check began', { required: true }),
    field('latency', 'seconds', ['latency'], 'seconds until its result'),
    field('target_addr', 'endpoint', ['target_ip', 'target_port'], 'address of the checked target', { required: true }),
    field('target_group_id', 'text', ['target_group_name'], 'name of the target group: the second part of its ARN', {
      required: true,
    }),
    field('status', 'text', ['status'], 'PASS or FAIL', { required: true, values: ['PASS', 'FAIL'] }),
    field('status_code', 'integer', ['status_code'], 'status code of the answer'),
    field('reason_code', 'text', ['reason_code'], 'reason of the failure'),
    field('elb', 'text', ['elb'], 'load balancer'),
    field('ip_address', 'text', ['ip_address'], 'address of the load balancer node'),
  ],
};
