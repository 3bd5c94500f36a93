/** One example of each kind of payload, a line each. */

export interface Specimen {
  name: string;
  kind: string;
  lines: string[];
  isJson: boolean;
}

const GROUP =
  'arn:aws:elasticloadbalancing:eu-north-1:222233334444:targetgroup/k8s-shop-cart-9f8e7d6c5b/fedcba9876543210';
const json = (value: unknown): string => JSON.stringify(value);

const audit = (id: string, verb: string, subresource: string | undefined, code: number, at: string) =>
  json({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: id,
    stage: 'ResponseComplete',
    requestURI: `/api/v1/namespaces/shop/pods/cart-6f7d-qq9zt${subresource ? `/${subresource}` : ''}`,
    verb,
    user: { username: 'system:serviceaccount:kube-system:drainer' },
    objectRef: { resource: 'pods', namespace: 'shop', name: 'cart-6f7d-qq9zt', apiVersion: 'v1', subresource },
    responseStatus: { metadata: {}, code },
    requestReceivedTimestamp: `2026-03-01T10:0${at}.250000Z`,
    stageTimestamp: `2026-03-01T10:0${at}.262000Z`,
  });

const controller = (ts: string, msg: string, more: object) =>
  json({ level: 'info', ts: `2026-03-01T10:0${ts}Z`, msg, arn: GROUP, ...more });

const event = (reason: string, message: string, at: string) =>
  json({
    kind: 'Event',
    apiVersion: 'v1',
    metadata: { name: `cart-6f7d-qq9zt.${reason}`, namespace: 'shop' },
    involvedObject: { kind: 'Pod', namespace: 'shop', name: 'cart-6f7d-qq9zt', fieldPath: 'spec.containers{cart}' },
    reason,
    message,
    source: { component: 'kubelet', host: 'ip-10-0-1-9' },
    firstTimestamp: `2026-03-01T10:0${at}Z`,
    lastTimestamp: `2026-03-01T10:0${at}Z`,
    type: 'Normal',
  });

const trail = (eventName: string, at: string, id: string) =>
  json({
    eventVersion: '1.08',
    userIdentity: { type: 'AssumedRole', arn: 'arn:aws:sts::222233334444:assumed-role/lbc/1' },
    eventTime: `2026-03-01T10:0${at}Z`,
    eventSource: 'elasticloadbalancing.amazonaws.com',
    eventName,
    userAgent: 'elbv2.k8s.aws/v2.7.1',
    requestParameters: { targetGroupArn: GROUP, targets: [{ id: '10.0.7.21', port: 9090 }] },
    eventID: id,
  });

const task = (at: string, lastStatus: string, version: number) =>
  json({
    version: '0',
    'detail-type': 'ECS Task State Change',
    source: 'aws.ecs',
    time: `2026-03-01T10:0${at}Z`,
    detail: {
      taskArn: 'arn:aws:ecs:eu-north-1:222233334444:task/shop/5d41402abc4b2a76b9719d911017c592',
      lastStatus,
      desiredStatus: lastStatus === 'RUNNING' ? 'RUNNING' : 'STOPPED',
      createdAt: '2026-03-01T09:00:00.1Z',
      ...(lastStatus === 'RUNNING' ? {} : { stoppingAt: '2026-03-01T10:00:11.5Z', stopCode: 'UserInitiated' }),
      updatedAt: `2026-03-01T10:0${at}.25Z`,
      containers: [{ name: 'cart', networkInterfaces: [{ privateIpv4Address: '10.0.7.21' }] }],
      version,
    },
  });

const pods = (at: string, deleted: string | undefined) =>
  json({
    capturedAt: `2026-03-01T10:0${at}Z`,
    pods: {
      apiVersion: 'v1',
      kind: 'List',
      items: [
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: {
            name: 'cart-6f7d-qq9zt',
            namespace: 'shop',
            uid: '0b1c2d3e-0000-4000-8000-00000000abcd',
            creationTimestamp: '2026-03-01T09:00:00Z',
            ...(deleted ? { deletionTimestamp: deleted, deletionGracePeriodSeconds: 30 } : {}),
          },
          spec: { nodeName: 'ip-10-0-1-9', containers: [{ name: 'cart', image: 'cart:2' }] },
          status: { phase: 'Running', podIP: '10.0.7.21', podIPs: [{ ip: '10.0.7.21' }] },
        },
      ],
    },
  });

const health = (at: string, State: string) =>
  json({
    capturedAt: `2026-03-01T10:0${at}Z`,
    targetGroupArn: GROUP,
    TargetHealthDescriptions: [{ Target: { Id: '10.0.7.21', Port: 9090 }, TargetHealth: { State } }],
  });

const access = (second: string, status: string) =>
  `https 2026-03-01T10:00:${second}.086641Z app/shop/0f1e2d3c4b5a6978 198.51.100.7:40112 10.0.7.21:9090 0.001 0.048 0.000 ${status} 200 120 57 "GET https://cart.example:443/a?b={1} HTTP/1.1" "Mozilla/5.0 (X11)" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 ${GROUP} "Root=1-69a40e5a-0123456789abcdef01234567" "cart.example" "-" 1 2026-03-01T10:00:${second}.000000Z "forward" "-" "-" "10.0.7.21:9090" "200" "-" "-" TID_0123456789abcdef0123456789abcdef`;

const instance = (at: string, action: string) =>
  json({
    version: '0',
    'detail-type': 'EC2 Spot Instance Interruption Warning',
    source: 'aws.ec2',
    time: `2026-03-01T10:0${at}Z`,
    region: 'eu-north-1',
    detail: { 'instance-id': 'i-0e0c0a080604020c1', 'instance-action': action },
  });

const karpenter = (at: string, message: string) =>
  json({
    level: 'INFO',
    time: `2026-03-01T10:0${at}.100Z`,
    logger: 'controller',
    message,
    commit: '5bb7e10',
    controller: 'node.termination',
    Node: { name: 'ip-10-0-1-9.eu-north-1.compute.internal' },
  });

export const PAYLOADS: readonly Specimen[] = [
  {
    name: 'an audit record',
    kind: 'kubernetes_audit_log',
    lines: [audit('u-1', 'create', 'eviction', 201, '0:10'), audit('u-2', 'get', undefined, 200, '0:20')],
    isJson: true,
  },
  {
    name: 'a controller line of version 2',
    kind: 'lb_controller_log',
    lines: [
      controller('0:12', 'deRegistering targets', {
        targets: [{ AvailabilityZone: 'eu-north-1a', Id: '10.0.7.21', Port: 9090 }],
      }),
      controller('0:13', 'deRegistered targets', {}),
    ],
    isJson: true,
  },
  {
    name: 'a controller line of version 1',
    kind: 'lb_controller_log',
    lines: [
      `I0301 10:00:12.059901       1 targets.go:88] shop/cart: Removing targets from ${GROUP}: 10.0.7.21:9090`,
      `I0301 10:01:12.059901       1 targets.go:80] shop/cart: Adding targets to ${GROUP}: 10.0.7.22:9090`,
    ],
    isJson: false,
  },
  {
    name: 'an Event',
    kind: 'kubernetes_events_json',
    lines: [
      event('Killing', 'Stopping container cart', '0:11'),
      event('Scheduled', 'Successfully assigned shop/cart-6f7d-qq9zt to ip-10-0-1-9', '0:40'),
    ],
    isJson: true,
  },
  {
    name: 'a CloudTrail record',
    kind: 'cloudtrail_json',
    lines: [trail('DeregisterTargets', '0:12', 'e-1'), trail('RegisterTargets', '1:12', 'e-2')],
    isJson: true,
  },
  {
    name: 'an event of ECS',
    kind: 'ecs_event_json',
    lines: [task('0:05', 'RUNNING', 3), task('0:20', 'DEACTIVATING', 4)],
    isJson: true,
  },
  {
    name: 'pods',
    kind: 'kubectl_pods_json',
    lines: [pods('0:05', undefined), pods('0:20', '2026-03-01T10:00:45Z')],
    isJson: true,
  },
  {
    name: 'target health',
    kind: 'target_health_json',
    lines: [health('0:05', 'healthy'), health('0:20', 'draining')],
    isJson: true,
  },
  {
    name: 'an access log line',
    kind: 'alb_access_log',
    lines: [access('10', '504'), access('11', '200')],
    isJson: false,
  },
  {
    name: 'a connection log line',
    kind: 'alb_connection_log',
    lines: [
      '2026-03-01T10:00:10.514108Z 198.51.100.7 36280 443 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 4.036 "CN=cart.example,O=endEntity" NotBefore=2025-09-21T22:43:21Z;NotAfter=2027-06-17T22:43:21Z FEF257372D5C14D4 Success TID_0123456789abcdef0123456789abcdef',
      '2026-03-01T10:00:11.514108Z 2001:db8::7 36281 443 TLSv1.3 TLS_AES_128_GCM_SHA256 0.009 "-" - - - TID_1123456789abcdef0123456789abcdef',
    ],
    isJson: false,
  },
  {
    name: 'a health check line',
    kind: 'alb_health_check_log',
    lines: [
      'http 2026-03-01T10:00:10.901409Z 1.121980746 10.0.7.21:9090 k8s-shop-cart-9f8e7d6c5b FAIL 502 ResponseCodeMismatch',
      'http 2026-03-01T10:00:40.901409Z 0.002 10.0.7.21:9090 k8s-shop-cart-9f8e7d6c5b PASS 200 -',
    ],
    isJson: false,
  },
  {
    name: 'an event of an instance',
    kind: 'instance_events_json',
    lines: [instance('0:10', 'terminate'), instance('2:10', 'stop')],
    isJson: true,
  },
  {
    name: "a line of Karpenter's log",
    kind: 'karpenter_log',
    lines: [karpenter('0:11', 'tainted node'), karpenter('1:11', 'deleted node')],
    isJson: true,
  },
  {
    name: "a line of the cluster autoscaler's log",
    kind: 'autoscaler_log',
    lines: [
      'I0301 10:00:16.476075       1 scale_down.go:1102] Scale-down: removing empty node ip-10-0-1-9.eu-north-1.compute.internal',
      'I0301 10:00:18.001204       1 auto_scaling_groups.go:277] Terminating EC2 instance: i-0e0c0a080604020c1',
    ],
    isJson: false,
  },
  {
    name: "a line of the termination handler's log",
    kind: 'termination_handler_log',
    lines: [
      '2026/03/01 10:00:05 INF Requesting instance drain event-id=asg-lifecycle-term-3332 instance-id=i-0e0c0a080604020d1 kind=SQS_TERMINATE node-name=ip-10-0-1-9.eu-north-1.compute.internal',
      '2026/03/01 10:00:06 INF Pods on node node_name=ip-10-0-1-9.eu-north-1.compute.internal pod_names=["cart-6f7d-qq9zt"]',
    ],
    isJson: false,
  },
];
