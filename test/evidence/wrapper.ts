/**
 * The wrappers in which programs and people save lines: each writes payloads of one line each. Shapes are those of the tools' own
 * output; names and values are invented. Long because every wrapper is an example of its own.
 */
import { stringify } from 'yaml';

export interface Wrapper {
  name: string;
  /** Writes the lines, wrapped. */
  wrap(lines: readonly string[]): string;
  /** It accepts only lines of JSON: jq, or a store that parsed them. */
  json?: true;
}

const DAY = '2026-03-01';
const at = (i: number): string => `${DAY}T10:0${i % 10}:12.34567${i % 10}89Z`;
const millis = (i: number): number => 1_772_359_200_123 + i * 60_000;
const each =
  (wrap: (line: string, i: number) => string, between = '\n') =>
  (lines: readonly string[]) =>
    lines.map(wrap).join(between) + (between === '\n' ? '\n' : '');
const csv = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const bytes = (text: string): number[] => [...new TextEncoder().encode(text)];
const pretty = (value: unknown): string => JSON.stringify(value, null, 4);
const json = (value: unknown): string => JSON.stringify(value);
const POD = 'controller-7c9d-x2x7q';
const pod = { pod_name: POD, namespace_name: 'kube-system', container_name: 'controller' };
const cloudWatch = (lines: readonly string[]) => ({
  events: lines.map((message, i) => ({
    logStreamName: 's-1',
    timestamp: millis(i),
    message,
    ingestionTime: millis(i) + 900,
    eventId: `${i}`,
  })),
  searchedLogStreams: [],
});
const subscription = (lines: readonly string[]) => ({
  messageType: 'DATA_MESSAGE',
  owner: '111122223333',
  logGroup: '/aws/eks/shop/cluster',
  logStream: 's-1',
  subscriptionFilters: ['all'],
  logEvents: lines.map((message, i) => ({ id: `${i}`, timestamp: millis(i), message })),
});
const subscriptionOf = (line: string): string => json(subscription([line]));
const docker = (line: string, i: number) => json({ log: `${line}\n`, stream: 'stderr', time: at(i) });
const cri = (line: string, i: number) => `${at(i)} stderr F ${line}`;
const fluentBit = (line: string, i: number) =>
  json({ time: at(i), stream: 'stderr', _p: 'F', log: line, kubernetes: pod });
const hit = (line: string, i: number) => ({
  _index: 'logs-1',
  _id: `${i}`,
  _score: null,
  _source: { '@timestamp': at(i), message: line, kubernetes: { pod: { name: POD } } },
});
const lokiStreams = (lines: readonly string[]) => [
  { stream: { app: 'x', namespace: 'kube-system' }, values: lines.map((line, i) => [`${millis(i)}000000`, line]) },
];
const journald = (line: string, i: number) => ({
  __CURSOR: 's=1',
  __REALTIME_TIMESTAMP: `${millis(i)}000`,
  _HOSTNAME: 'ip-10-0-1-9',
  SYSLOG_IDENTIFIER: 'controller',
  MESSAGE: line,
});
/** An entry as gcloud prints it: a document of YAML, its members in order. */
const logEntry = (i: number, payload: { textPayload?: string; jsonPayload?: object }, lineWidth = 0): string =>
  `---\n${stringify(
    {
      insertId: `k3j9${i}`,
      ...(payload.jsonPayload && { jsonPayload: payload.jsonPayload }),
      labels: { 'k8s-pod/app': 'controller' },
      logName: 'projects/shop-1/logs/stderr',
      receiveTimestamp: at(i + 1),
      resource: { labels: { pod_name: POD }, type: 'k8s_container' },
      severity: 'ERROR',
      ...(payload.textPayload !== undefined && { textPayload: payload.textPayload }),
      timestamp: at(i),
    },
    { lineWidth, defaultStringType: 'PLAIN', singleQuote: true },
  ).trimEnd()}`;
/** A line that the container runtime split in two. */
const halves = (line: string): [string, string] => [line.slice(0, 40), line.slice(40)];

/** A value as OpenTelemetry writes it in JSON. */
function otlp(value: unknown): unknown {
  if (Array.isArray(value)) return { arrayValue: { values: value.map(otlp) } };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: `${value}` } : { doubleValue: value };
  if (typeof value !== 'object' || value === null) return {};
  return { kvlistValue: { values: Object.entries(value).map(([key, held]) => ({ key, value: otlp(held) })) } };
}

export const WRAPPERS: readonly Wrapper[] = [
  { name: 'bare', wrap: each((line) => line) },
  { name: 'CRLF', wrap: (lines) => lines.join('\r\n') },
  { name: 'byte order mark', wrap: (lines) => `\uFEFF${lines.join('\n')}` },
  { name: 'colours', wrap: each((line) => `\x1b[0m${line}\x1b[0m`) },
  { name: 'indents', wrap: each((line) => `    ${line}`) },
  { name: 'a quotation', wrap: each((line) => `> ${line}`) },
  { name: 'a fence', wrap: (lines) => ['What I see:', '```json', ...lines, '```', ''].join('\n') },
  {
    name: 'a fence in a quotation',
    wrap: (lines) => ['> ```', ...lines.map((line) => `> ${line}`), '> ```'].join('\n'),
  },
  { name: 'grep of several files', wrap: each((line, i) => `logs/a-${i}.log:${line}`) },
  { name: 'grep -n of several files', wrap: each((line, i) => `logs/a.log.gz:${i + 7}:${line}`) },
  { name: 'grep -n', wrap: each((line, i) => `${i + 7}:${line}`) },
  { name: 'grep -C', wrap: each((line, i) => `a.log-${i + 7}-${line}`, '\n--\n') },
  { name: 'kubectl --timestamps', wrap: each((line, i) => `${at(i)} ${line}`) },
  { name: 'kubectl --prefix', wrap: each((line) => `[pod/${POD}/controller] ${line}`) },
  { name: 'kubectl --prefix --timestamps', wrap: each((line, i) => `[pod/${POD}/controller] ${at(i)} ${line}`) },
  { name: 'stern', wrap: each((line) => `${POD} controller ${line}`) },
  {
    name: 'stern with colours and times',
    wrap: each((line, i) => `\x1b[32m${POD}\x1b[0m \x1b[36mcontroller\x1b[0m ${at(i)} ${line}`),
  },
  {
    name: 'stern -o json',
    wrap: each((line) => json({ message: line, nodeName: 'n', namespace: 'x', podName: POD, containerName: 'c' })),
  },
  { name: 'docker compose', wrap: each((line) => `controller-1  | ${line}`) },
  { name: 'docker json-file', wrap: each(docker) },
  { name: 'CRI', wrap: each(cri) },
  {
    name: 'CRI in parts',
    wrap: each((line, i) => {
      const [first, second] = halves(line);
      return `${at(i)} stderr P ${first}\n${at(i)} stderr F ${second}`;
    }),
  },
  {
    name: 'fluent-bit in parts',
    wrap: each((line, i) => {
      const [first, second] = halves(line);
      const part = (log: string, _p: string) => json({ time: at(i), stream: 'stdout', _p, log });
      return `${part(first, 'P')}\n${part(second, 'F')}`;
    }),
  },
  { name: 'fluent-bit', wrap: each(fluentBit) },
  {
    name: 'fluentd to a file',
    wrap: each((line, i) => `${at(i)}\tkube.var.log.containers.x\t${json({ log: line, stream: 'stderr' })}`),
  },
  { name: 'fluentd of CRI lines', wrap: each((line, i) => json({ log: cri(line, i), kubernetes: pod })) },
  {
    name: 'vector',
    wrap: each((line, i) =>
      json({ file: '/var/log/x', message: line, source_type: 'kubernetes_logs', timestamp: at(i) }),
    ),
  },
  {
    name: 'filebeat',
    wrap: each((line, i) =>
      json({
        '@timestamp': at(i),
        '@metadata': { beat: 'filebeat' },
        log: { offset: i, file: { path: '/x' } },
        message: line,
        stream: 'stderr',
      }),
    ),
  },
  {
    name: 'logstash with event.original',
    wrap: each((line, i) => json({ '@timestamp': at(i), '@version': '1', event: { original: line } })),
  },
  { name: 'filter-log-events', wrap: (lines) => pretty(cloudWatch(lines)) },
  { name: 'filter-log-events on one line', wrap: (lines) => json(cloudWatch(lines)) },
  {
    name: 'get-log-events',
    wrap: (lines) => pretty({ events: cloudWatch(lines).events, nextForwardToken: 'f/1', nextBackwardToken: 'b/1' }),
  },
  { name: 'aws logs tail', wrap: each((line, i) => `${at(i)} kube-apiserver-audit-0a1b ${line}`) },
  {
    name: 'Logs Insights, answer',
    wrap: (lines) =>
      pretty({
        results: lines.map((line, i) => [
          { field: '@timestamp', value: at(i) },
          { field: '@message', value: line },
          { field: '@ptr', value: 'CmEK' },
        ]),
        status: 'Complete',
      }),
  },
  {
    name: 'Logs Insights, console JSON',
    json: true,
    wrap: (lines) =>
      pretty(lines.map((line, i) => ({ '@timestamp': at(i), verb: 'create', '@message': JSON.parse(line) }))),
  },
  {
    name: 'Logs Insights, console JSON of text',
    wrap: (lines) => pretty(lines.map((line, i) => ({ '@timestamp': at(i), '@message': line }))),
  },
  {
    name: 'Logs Insights, CSV',
    wrap: (lines) => `@timestamp,@message\n${lines.map((line, i) => `${at(i)},${csv(line)}`).join('\n')}\n`,
  },
  {
    name: 'Logs Insights, CSV with CRLF',
    wrap: (lines) =>
      `"@timestamp","@message","@logStream"\r\n${lines.map((line, i) => `"${at(i)}",${csv(line)},"s"`).join('\r\n')}`,
  },
  {
    name: 'Logs Insights, Markdown',
    wrap: (lines) =>
      `| @timestamp | @message |\n| --- | --- |\n${lines.map((line, i) => `| ${at(i)} | ${line} |`).join('\n')}\n`,
  },
  { name: 'export of CloudWatch to S3', wrap: each((line, i) => `${at(i).slice(0, 23)}Z ${line}`) },
  { name: 'subscription', wrap: (lines) => json(subscription(lines)) },
  { name: 'Firehose, without line feeds', wrap: (lines) => lines.map((line) => json(subscription([line]))).join('') },
  { name: 'Firehose of fluent-bit, without line feeds', wrap: each(fluentBit, '') },
  { name: 'Container Insights', wrap: (lines) => pretty(cloudWatch(lines.map(fluentBit))) },
  { name: 'Container Insights, exported', wrap: each((line, i) => `${at(i).slice(0, 23)}Z ${fluentBit(line, i)}`) },
  {
    name: 'Container Insights, console CSV',
    wrap: (lines) =>
      `@timestamp,@message\n${lines.map((line, i) => `${at(i)},${csv(fluentBit(line, i))}`).join('\n')}\n`,
  },
  {
    name: 'Loki, answer',
    wrap: (lines) =>
      json({ status: 'success', data: { resultType: 'streams', result: lokiStreams(lines), stats: {} } }),
  },
  { name: 'Loki, pushed', wrap: (lines) => pretty({ streams: lokiStreams(lines) }) },
  { name: 'logcli -o jsonl', wrap: each((line, i) => json({ labels: { app: 'x' }, line, timestamp: at(i) })) },
  { name: 'logcli', wrap: each((line, i) => `${at(i)} {app="x", container="controller"} ${line}`) },
  { name: 'logcli -o raw', wrap: each((line) => line) },
  {
    name: 'Grafana, JSON',
    wrap: (lines) =>
      pretty(lines.map((line, i) => ({ line, timestamp: `${millis(i)}000000`, date: at(i), fields: { app: 'x' } }))),
  },
  {
    name: 'Grafana, CSV',
    wrap: (lines) =>
      `"Time","Line","tsNs"\n${lines.map((line, i) => `${millis(i)},${csv(line)},${millis(i)}000000`).join('\n')}\n`,
  },
  {
    name: 'Datadog, content',
    wrap: each((line, i) => json({ id: 'A', content: { timestamp: at(i), host: 'h', message: line } })),
  },
  {
    name: 'Datadog, answer',
    wrap: (lines) =>
      pretty({
        data: lines.map((message, i) => ({
          id: `${i}`,
          type: 'log',
          attributes: { timestamp: at(i), message, tags: ['a:b'] },
        })),
        meta: {},
      }),
  },
  {
    name: 'Datadog, parsed attributes',
    json: true,
    wrap: (lines) =>
      json({
        data: lines.map((line, i) => ({
          id: `${i}`,
          type: 'log',
          attributes: { timestamp: at(i), message: 'see attributes', attributes: JSON.parse(line) },
        })),
      }),
  },
  {
    name: 'Datadog, CSV',
    wrap: (lines) => `Date,Host,Service,Content\n${lines.map((line, i) => `${at(i)},h,s,${csv(line)}`).join('\n')}\n`,
  },
  {
    name: 'Elasticsearch, hits',
    wrap: (lines) => pretty({ took: 3, hits: { total: { value: lines.length }, hits: lines.map(hit) } }),
  },
  { name: 'Elasticsearch, one hit a line', wrap: each((line, i) => json(hit(line, i))) },
  {
    name: 'Elasticsearch, fields',
    wrap: (lines) =>
      json({
        hits: { hits: lines.map((line, i) => ({ _id: `${i}`, fields: { '@timestamp': [at(i)], message: [line] } })) },
      }),
  },
  {
    name: 'OpenSearch, parsed source',
    json: true,
    wrap: (lines) => json({ hits: { hits: lines.map((line, i) => ({ _id: `${i}`, _source: JSON.parse(line) })) } }),
  },
  {
    name: 'Kibana, CSV',
    wrap: (lines) =>
      `"@timestamp",message\n${lines.map((line, i) => `"Mar 1, 2026 @ 10:0${i}:00.000",${csv(line)}`).join('\n')}\n`,
  },
  {
    name: 'Elasticsearch, bulk',
    wrap: each(
      (line, i) =>
        `${json({ index: { _index: 'logs-1', _id: `${i}` } })}\n${json({ '@timestamp': at(i), message: line })}`,
    ),
  },
  {
    name: 'Elasticsearch, bulk of parsed lines',
    json: true,
    wrap: each((line) => `{"create":{}}\n${line}`),
  },
  {
    name: 'OpenSearch, bulk of updates and deletions',
    wrap: each((line, i) =>
      [
        json({ update: { _id: `${i}`, _index: 'logs-1', retry_on_conflict: 3 } }),
        json({ doc: { message: line }, doc_as_upsert: true }),
        json({ delete: { _index: 'logs-1', _id: `x${i}` } }),
      ].join('\n'),
    ),
  },
  {
    name: 'Splunk, one result a line',
    wrap: each((line) => json({ preview: false, result: { _raw: line, host: 'h' } })),
  },
  {
    name: 'Splunk, results',
    wrap: (lines) => json({ preview: false, results: lines.map((line, i) => ({ _time: at(i), _raw: line })) }),
  },
  {
    name: 'Splunk, CSV',
    wrap: (lines) => `"_raw","_time",host\n${lines.map((line, i) => `${csv(line)},"${at(i)}",h`).join('\n')}\n`,
  },
  {
    name: 'Splunk, HEC',
    wrap: each((line, i) => json({ time: millis(i) / 1000, sourcetype: '_json', event: line }), ''),
  },
  {
    name: 'Splunk, HEC of parsed lines',
    json: true,
    wrap: each((line, i) => json({ time: millis(i) / 1000, sourcetype: 'kube', event: JSON.parse(line) })),
  },
  {
    name: 'Google, textPayload',
    wrap: (lines) =>
      pretty(
        lines.map((line, i) => ({
          insertId: `${i}`,
          textPayload: line,
          timestamp: at(i),
          resource: { type: 'k8s_container' },
        })),
      ),
  },
  {
    name: 'Google, jsonPayload',
    json: true,
    wrap: each((line, i) =>
      json({ insertId: `${i}`, jsonPayload: JSON.parse(line), severity: 'INFO', timestamp: at(i) }),
    ),
  },
  {
    name: 'Google, jsonPayload.message',
    wrap: each((line, i) => json({ jsonPayload: { message: line }, timestamp: at(i) })),
  },
  { name: 'gcloud logging read, textPayload', wrap: each((line, i) => logEntry(i, { textPayload: line })) },
  {
    name: 'gcloud logging read, folded at 80 columns',
    wrap: each((line, i) => logEntry(i, { textPayload: line }, 80)),
  },
  {
    name: 'gcloud logging read, jsonPayload',
    json: true,
    wrap: each((line, i) => logEntry(i, { jsonPayload: JSON.parse(line) }, 80)),
  },
  {
    name: 'gcloud logging read, jsonPayload.message in a quotation',
    wrap: (lines) =>
      lines
        .map((line, i) => logEntry(i, { jsonPayload: { message: line } }))
        .join('\n')
        .replace(/^/gm, '> '),
  },
  {
    name: 'gcloud logging read, two members',
    wrap: each((line, i) => `---\n${stringify({ textPayload: line, timestamp: at(i) })}`, ''),
  },
  { name: 'journalctl', wrap: each((line) => `Mar 01 10:00:12 ip-10-0-1-9 controller[4711]: ${line}`) },
  {
    name: 'journalctl -o short-iso',
    wrap: each((line) => `${DAY}T10:00:12+0000 ip-10-0-1-9 controller[4711]: ${line}`),
  },
  { name: 'journalctl -o json', wrap: each((line, i) => json(journald(line, i))) },
  {
    name: 'journalctl -o json, bytes',
    wrap: each((line, i) => json({ ...journald(line, i), MESSAGE: bytes(`\x1b[0m${line}`) })),
  },
  { name: 'journalctl -o json-pretty', wrap: each((line, i) => pretty(journald(line, i))) },
  {
    name: 'syslog, RFC 5424',
    wrap: each((line, i) => `<14>1 ${at(i).slice(0, 26)}Z ip-10-0-1-9 controller 4711 - - ${line}`),
  },
  {
    name: 'OpenTelemetry',
    wrap: (lines) =>
      json({
        resourceLogs: [
          {
            resource: { attributes: [{ key: 'k', value: { stringValue: 'v' } }] },
            scopeLogs: [
              {
                scope: {},
                logRecords: lines.map((line, i) => ({
                  timeUnixNano: `${millis(i)}000000`,
                  body: { stringValue: line },
                })),
              },
            ],
          },
        ],
      }),
  },
  {
    name: 'New Relic',
    wrap: (lines) =>
      json([
        { common: { attributes: { x: 1 } }, logs: lines.map((message, i) => ({ timestamp: millis(i), message })) },
      ]),
  },
  {
    name: 'Azure',
    wrap: (lines) =>
      json({
        tables: [{ name: 'PrimaryResult' }],
        records: lines.map((line, i) => ({ TimeGenerated: at(i), LogEntry: line })),
      }),
  },
  {
    name: 'Graylog, GELF',
    wrap: each((line, i) =>
      json({
        version: '1.1',
        host: 'h',
        short_message: line.slice(0, 30),
        full_message: line,
        timestamp: millis(i) / 1000,
      }),
    ),
  },
  { name: 'VictoriaLogs', wrap: each((line, i) => json({ _time: at(i), _stream: '{app="x"}', _msg: line })) },
  { name: 'docker compose --timestamps', wrap: each((line, i) => `controller-1  | ${at(i)} ${line}`) },
  { name: 'awslogs and saw', wrap: each((line) => `/aws/eks/shop/cluster kube-apiserver-audit-0a1b ${line}`) },
  {
    name: 'journalctl -o verbose',
    wrap: each((line) => `Sun 2026-03-01 10:00:12.345678 UTC [s=1;i=2]\n    PRIORITY=6\n    MESSAGE=${line}`),
  },
  {
    name: 'stern -o extjson',
    json: true,
    wrap: each((line) => json({ pod: POD, container: 'controller', message: JSON.parse(line) })),
  },
  {
    name: 'vector to S3, one array',
    wrap: (lines) =>
      json(lines.map((line, i) => ({ kubernetes: pod, message: line, stream: 'stderr', timestamp: at(i) }))),
  },
  {
    name: 'Azure, diagnostics in storage',
    wrap: each((line, i) =>
      json({
        ...{ time: at(i), resourceId: '/SUBSCRIPTIONS/0', category: 'kube-audit', operationName: 'Logs' },
        properties: { log: `${line}\n`, stream: 'stdout', pod: 'kube-apiserver-1' },
      }),
    ),
  },
  {
    name: 'Azure, Event Hub',
    wrap: (lines) =>
      json({ records: lines.map((line, i) => ({ time: at(i), properties: { log: line, stream: 'stdout' } })) }),
  },
  {
    name: 'Azure, answer of Log Analytics',
    wrap: (lines) =>
      pretty({
        tables: [
          {
            name: 'PrimaryResult',
            columns: [
              { name: 'TimeGenerated', type: 'datetime' },
              { name: 'PodName', type: 'string' },
              { name: 'LogMessage', type: 'dynamic' },
            ],
            rows: lines.map((line, i) => [at(i), POD, line]),
          },
        ],
      }),
  },
  {
    name: 'Azure, ContainerLogV2 in a console CSV',
    wrap: (lines) =>
      `"TimeGenerated [UTC]",PodName,LogMessage\n${lines.map((line) => `"3/1/2026, 10:00:12.345 AM",${POD},${csv(line)}`).join('\n')}\n`,
  },
  { name: 'Better Stack', wrap: each((line, i) => json({ dt: at(i), level: 'info', message: line })) },
  {
    name: 'Better Stack, raw',
    wrap: each((line, i) => json({ dt: at(i), raw: json({ dt: at(i), message: line, platform: 'Vector' }) })),
  },
  { name: 'Mezmo', wrap: each((line, i) => json({ _id: `${i}`, _ts: millis(i), _app: 'controller', _line: line })) },
  {
    name: 'Papertrail archive',
    wrap: each(
      (line, i) =>
        `${i}\t${at(i).slice(0, 19)}\t${at(i).slice(0, 19)}\t7\thost\t192.0.2.9\tUser\tInfo\tcontroller\t${line}`,
    ),
  },
  {
    name: 'Sumo Logic, messages',
    wrap: (lines) =>
      json({
        fields: [{ name: '_raw', fieldType: 'string' }],
        messages: lines.map((line, i) => ({ map: { _messagetime: `${millis(i)}`, _raw: line, _source: 'eks' } })),
      }),
  },
  {
    name: 'Coralogix, answer',
    wrap: (lines) =>
      json({
        result: {
          results: lines.map((line, i) => ({
            metadata: [{ key: 'timestamp', value: at(i) }],
            labels: [{ key: 'applicationname', value: 'shop' }],
            userData: json({ kubernetes: pod, log: line }),
          })),
        },
      }),
  },
  {
    name: 'Dynatrace, records',
    wrap: (lines) =>
      json({ state: 'SUCCEEDED', result: { records: lines.map((line, i) => ({ timestamp: at(i), content: line })) } }),
  },
  {
    name: 'Grafana, inspector',
    wrap: (lines) =>
      json([
        {
          schema: { refId: 'A', fields: [{ name: 'labels' }, { name: 'Time' }, { name: 'Line' }] },
          data: { values: [lines.map(() => ({ app: 'x' })), lines.map((_, i) => millis(i)), lines] },
        },
      ]),
  },
  {
    name: 'New Relic, NerdGraph',
    wrap: (lines) =>
      json({
        data: {
          actor: { account: { nrql: { results: lines.map((line, i) => ({ timestamp: millis(i), message: line })) } } },
        },
      }),
  },
  {
    name: 'rsyslog, JSON',
    wrap: each((line, i) => json({ timestamp: at(i), host: 'h', tag: 'controller:', msg: ` ${line}` })),
  },
  {
    name: 'OpenTelemetry, parsed body',
    json: true,
    wrap: (lines) =>
      json({
        resourceLogs: [{ scopeLogs: [{ logRecords: lines.map((line) => ({ body: otlp(JSON.parse(line)) })) }] }],
      }),
  },
  {
    name: 'Kafka Connect',
    wrap: each((line) => json({ schema: { type: 'string', optional: false }, payload: line })),
  },
  {
    name: 'Kafka, console consumer',
    wrap: each((line, i) => `CreateTime:${millis(i)}\tPartition:0\tOffset:${i}\tnull\t${line}`),
  },
  {
    name: 'kcat -J',
    wrap: each((line, i) => json({ topic: 'logs', partition: 0, offset: i, ts: millis(i), key: null, payload: line })),
  },
  {
    name: 'Kafka, REST proxy',
    wrap: (lines) => json(lines.map((line, i) => ({ topic: 't', key: null, value: base64(line), offset: i }))),
  },
  {
    name: 'Kinesis, get-records',
    wrap: (lines) =>
      pretty({
        Records: lines.map((line, i) => ({ SequenceNumber: `${i}`, Data: base64(line), PartitionKey: 'p' })),
        MillisBehindLatest: 0,
      }),
  },
  {
    name: 'Kinesis, event of a function',
    wrap: (lines) =>
      json({
        Records: lines.map((line) => ({
          kinesis: { data: base64(subscriptionOf(line)), partitionKey: 'p' },
          eventSource: 'aws:kinesis',
        })),
      }),
  },
  {
    name: 'Firehose, records that could not be delivered',
    wrap: each((line, i) =>
      json({ attemptsMade: 4, arrivalTimestamp: millis(i), errorCode: 'S3.AccessDenied', rawData: base64(line) }),
    ),
  },
  {
    name: 'Pub/Sub, pull',
    wrap: (lines) =>
      json(lines.map((line, i) => ({ ackId: 'x', message: { data: base64(line), publishTime: at(i) } }))),
  },
  {
    name: 'SQS of SNS',
    wrap: (lines) =>
      pretty({
        Messages: lines.map((line, i) => ({
          MessageId: `${i}`,
          Body: json({ Type: 'Notification', TopicArn: 'arn:aws:sns:x', Message: line, Timestamp: at(i) }),
        })),
      }),
  },
  {
    name: 'Fluent Bit, stdout',
    wrap: each(
      (line, i) =>
        `[${i}] kube.var.log.x: [[1772359200.239296791, {}], {"log"=>"${line}", "stream"=>"stderr", "kubernetes"=>{"pod_name"=>"${POD}", "labels"=>{"app"=>"x"}}}]`,
    ),
  },
  {
    name: 'Fluent Bit, stdout, the line at the end',
    wrap: each(
      (line, i) => `[${i}] tail.0: [1772359200.239296791, {"time"=>"${at(i)}", "logtag"=>"F", "message"=>"${line}"}]`,
    ),
  },
  {
    name: 'Fluentd, an event that it could not deliver',
    wrap: each(
      (line, i) =>
        `${DAY} 10:00:12 +0000 [warn]: #0 dump an error event: error_class=E error="400" tag="kube" time=${at(i)} record={"log"=>${json(`${line}\n`)}, "stream"=>"stdout"}`,
    ),
  },
  {
    name: 'OpenTelemetry, debug exporter',
    wrap: each(
      (line, i) =>
        `LogRecord #${i}\nObservedTimestamp: ${DAY} 10:00:13.01473246 +0000 UTC\nSeverityText: \nBody: Str(${line})\nAttributes:\n     -> log.file.name: Str(x.log)\nTrace ID: `,
    ),
  },
  {
    name: 'OpenTelemetry, one record a line',
    wrap: each((line) => json({ body: line, attributes: { logtag: 'F' }, resource: { 'k8s.pod.name': POD } })),
  },
  { name: 'syslog, RFC 3164', wrap: each((line) => `<14>Mar  1 10:00:12 host controller[4711]: ${line}`) },
  {
    name: 'syslog, RFC 5424 with data',
    wrap: each(
      (line, i) =>
        `<165>1 ${at(i).slice(0, 26)}Z host controller 4711 ID47 [a@32473 iut="3" event="App \\"x\\""][meta sequenceId="${i}"] \uFEFF${line}`,
    ),
  },
  {
    name: 'Graylog, search',
    wrap: (lines) =>
      json({
        messages: lines.map((line, i) => ({ message: { source: 'h', message: line, timestamp: at(i) }, index: 'g_0' })),
      }),
  },
  {
    name: 'OpenSearch, PPL',
    wrap: (lines) =>
      json({
        schema: [{ name: '@timestamp' }, { name: 'message' }],
        datarows: lines.map((line, i) => [at(i), line]),
        total: 2,
      }),
  },
  {
    name: 'Elasticsearch, ES|QL',
    wrap: (lines) =>
      json({ columns: [{ name: '@timestamp' }, { name: 'message' }], values: lines.map((line, i) => [at(i), line]) }),
  },
  {
    name: 'Athena, get-query-results',
    wrap: (lines) =>
      pretty({
        ResultSet: {
          Rows: [['time', 'log'], ...lines.map((line, i) => [at(i), line])].map((cells) => ({
            Data: cells.map((cell) => ({ VarCharValue: cell })),
          })),
        },
      }),
  },
  { name: 'Ansible', wrap: (lines) => pretty({ changed: true, rc: 0, stdout: lines.join('\n'), stdout_lines: lines }) },
  {
    name: 'CSV for Excel',
    wrap: (lines) => `sep=;\r\ntime;message\r\n${lines.map((line, i) => `"${at(i)}";${csv(line)}`).join('\r\n')}\r\n`,
  },
  { name: 'Logs Insights, text', wrap: each((line, i) => `RESULTS\t@timestamp\t${at(i)}\nRESULTS\t@message\t${line}`) },
  { name: 'logfmt', wrap: each((line, i) => `time=${at(i)} level=info msg=${json(line)}`) },
  { name: 'logfmt, the line within', wrap: each((line, i) => `ts=${at(i)} caller=x.go:3 line=${json(line)} n=3`) },
  { name: 'a string without its quotes', json: true, wrap: each((line) => json(line).slice(1, -1)) },
  { name: 'a string of a string', wrap: each((line) => json(json(line))) },
  {
    name: 'escaped for HTML',
    wrap: each((line) =>
      line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
    ),
  },
  { name: 'curved quotes', json: true, wrap: each((line) => line.replace(/"([^"]*)"/g, '\u201c$1\u201d')) },
  { name: 'Slack', wrap: (lines) => `Jo Bloggs  9:41 AM\nlook:\n\`\`\`${lines.join('\n')}\`\`\`\n3 replies\n` },
  { name: 'Jira', wrap: (lines) => `h3. What I see\n{code:json}\n${lines.join('\n')}\n{code}\n` },
  {
    name: 'a difference',
    wrap: (lines) => `--- a/x\n+++ b/x\n@@ -0,0 +1,2 @@\n${lines.map((line) => `+${line}`).join('\n')}\n`,
  },
  { name: 'tail of several files', wrap: (lines) => lines.map((line, i) => `==> ${i}.log <==\n${line}\n`).join('\n') },
  { name: 'jq --seq', json: true, wrap: each((line) => `\x1e${line}`) },
  { name: 'jq', json: true, wrap: each((line) => pretty(JSON.parse(line))) },
  { name: 'jq -s', json: true, wrap: (lines) => pretty(lines.map((line): unknown => JSON.parse(line))) },
  { name: 'jq -s, one element a line', json: true, wrap: (lines) => `[\n${lines.join(',\n')}\n]\n` },
  { name: 'jq of strings', wrap: each((line) => json(line)) },
  {
    name: 'jq in a quotation',
    json: true,
    wrap: (lines) =>
      lines
        .map((line) => pretty(JSON.parse(line)))
        .join('\n')
        .replace(/^/gm, '> '),
  },
  {
    name: 'jq, numbered',
    json: true,
    wrap: (lines) =>
      lines
        .map((line) => pretty(JSON.parse(line)))
        .join('\n')
        .split('\n')
        .map((line, i) => `${i + 1}:${line}`)
        .join('\n'),
  },
  {
    name: 'jq behind times of kubectl',
    json: true,
    wrap: (lines) =>
      lines
        .map((line) => pretty(JSON.parse(line)))
        .join('\n')
        .split('\n')
        .map((line, i) => `${at(i)} ${line}`)
        .join('\n'),
  },
  { name: 'blanks behind colons', json: true, wrap: each((line) => pretty(JSON.parse(line)).replace(/\n\s*/g, ' ')) },
];

/** Wrappers that write one line for each line, so that another wrapper fits around them. */
export const LINE_WRAPPERS = WRAPPERS.filter(({ name }) =>
  [
    'docker json-file',
    'CRI',
    'fluent-bit',
    'kubectl --timestamps',
    'stern',
    'logcli -o jsonl',
    'Datadog, content',
    'journalctl',
    'grep -n of several files',
    'Elasticsearch, one hit a line',
    'jq of strings',
    'Splunk, one result a line',
    'Kafka Connect',
  ].includes(name),
);
