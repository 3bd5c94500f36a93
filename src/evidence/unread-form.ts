/** Evidence in forms that people paste and that are not read: what it is, and the command that prints what is read. */

/** Objects of PowerShell whose members were not written. */
export const POWERSHELL_CUT =
  'objects as PowerShell prints them, without their members: write them with ConvertTo-Json -Depth 10';

const FORMS: readonly (readonly [pattern: RegExp, sentence: string])[] = [
  [/^(?:[A-Z]\w+ *: .*|[A-Z]\w+ +[A-Z].*\n-[- ]+\n.*)Amazon\.\w+\.Model\.\w/, POWERSHELL_CUT],
  [
    /^(?:NAMESPACE +)?LAST SEEN +(?:FIRST SEEN +)?(?:COUNT +)?(?:NAME +)?TYPE +REASON +/,
    'a table of Events, whose times are ages: use kubectl get events -A -o json',
  ],
  [
    /^(?:[A-Z][\w ]*? {2,})*REASON {2,}(?:[A-Z][\w ]*? {2,})*MESSAGE\b/i,
    'a table of Events with columns of its own: use kubectl get events -A -o json',
  ],
  [
    /^\{__name__="kube_/,
    'samples as promtool tsdb dump prints them: load from the Prometheus itself, draintrace load prometheus+http://HOST:9090 --from TIME --to TIME',
  ],
  [
    /^(?:Name: +\S+.*\n)(?=(?:.*\n)*?(?:Containers|Init Containers|QoS Class|IPs|Node):)/,
    'a pod as kubectl describe prints it: use kubectl get pod NAME -o json, and kubectl get events -o json',
  ],
  [
    /^(?:Name: +\S+.*\n)(?=(?:.*\n)*?(?:Selector|Subsets|Pod Template|Endpoints|AddressType|Roles|Allocatable|Involved Object|Rules):)/,
    'an object as kubectl describe prints it: use kubectl get KIND NAME -o json',
  ],
  [
    /^(?:NAMESPACE +)?NAME +(?:DESIRED +CURRENT|READY +UP-TO-DATE|READY +AGE)\b/,
    'a table of workloads: use kubectl get replicasets,deployments,statefulsets -A -o json, and kubectl get pods,events -A -o json',
  ],
  [/^\| +LookupEvents +\|/, 'calls of CloudTrail as a table: use aws cloudtrail lookup-events --output json'],
  [
    /^\| +Describe(?:TargetGroups|TargetGroupAttributes|LoadBalancers|LoadBalancerAttributes) +\|/,
    'settings of AWS as a table: use --output json',
  ],
  [/^(?:TARGETGROUPS|LOADBALANCERS|ATTRIBUTES)\t/, 'settings of AWS as text: use --output json'],
  [
    /^(?:TASKS|SERVICES|CONTAINERINSTANCES|TASKDEFINITION|SERVICEDEPLOYMENTS|FAILURES)\t(?=[\s\S]*:ecs:)/,
    'an answer of aws ecs as text: use aws ecs describe-tasks (or describe-services) --output json',
  ],
  [
    /^\| *Describe(?:Tasks|Services|ContainerInstances|TaskDefinition|ServiceDeployments) *\|/,
    'an answer of aws ecs as a table: use aws ecs describe-tasks (or describe-services) --output json',
  ],
  [
    /^(?:EVENTS\t)?\d{4}-\d\d-\d\dT\S+\t(?:\S+\t)?\(service [^)]+\)/,
    'messages of a service of ECS as text: use aws ecs describe-services --cluster CLUSTER --services SERVICE --output json',
  ],
  [
    /^(?:RESERVATIONS|INSTANCES|AUTOSCALINGINSTANCES|ACTIVITIES)\t/,
    'instances as text: use aws ec2 describe-instances (or aws autoscaling describe-scaling-activities) --output json',
  ],
  [
    /^\| *Describe(?:Instances|ScalingActivities|AutoScalingInstances) *\|/,
    'instances as a table: use aws ec2 describe-instances (or aws autoscaling describe-scaling-activities) --output json',
  ],
  [
    /^(?:# (?:HELP|TYPE) kube_\w+ |kube_(?:pod|node|endpoint\w*|deployment|replicaset)_\w+\{)/,
    'a scrape of kube-state-metrics, which shows no beginning or end: load from the Prometheus that scrapes it, draintrace load prometheus+http://HOST:9090 --from TIME --to TIME',
  ],
  [/^NAME +ADDRESSTYPE +PORTS +ENDPOINTS +AGE/, 'a table of EndpointSlices: use kubectl get endpointslices -o json'],
  [/^(?:NAMESPACE +)?NAME +ENDPOINTS +AGE/, 'a table of Endpoints: use kubectl get endpointslices -o json'],
  [
    /^NAME +STATUS +ROLES +AGE +VERSION/,
    'a table of nodes: use kubectl get nodes -o json, and kubectl get events -A -o json for their ends',
  ],
];

const BEGINNING =
  /^(?:NAME|LAST SEEN|Name:|[A-Z]{5,30}(?:\t|$)|\||# |kube_|\{__name__=|[A-Z]\w+ {2,}|[A-Z]\w+ +(?::|[A-Z])|\d{4}-\d\d-\d\dT\S+\t)/;

/** Lines that a form is recognised by. */
const LINES = 50;

/** Returns what evidence of another form begins in a line, as a noun phrase with what to do; null for anything else. */
export function unreadFormAt(lines: readonly string[], at: number): string | null {
  if (!BEGINNING.test(lines[at]!)) return null;
  const rest = lines.slice(at, at + LINES).map((line) => line.trimEnd().slice(0, 300));
  return FORMS.find(([pattern]) => pattern.test(rest.join('\n')))?.[1] ?? null;
}

/** As `unreadFormAt`, of the first of these lines in which one begins. */
export function unreadForm(lines: readonly string[]): string | null {
  for (const at of lines.keys()) {
    const form = unreadFormAt(lines, at);
    if (form !== null) return form;
  }
  return null;
}
