/**
 * Counts the rows that `--keep failures` does not store: how many there were per minute, target and status, and which
 * targets an object knows, so that rates stay right and a second pass knows where to look.
 */
import type { KernelSum, LineReader } from '../../alb/kernel.ts';
import { ABSENT, AT, type LineRecord } from '../../alb/record.ts';
import { isAbsent } from '../../alb/value.ts';
import { Column } from '../../parquet/column.ts';
import { MINUTE } from '../../time/time.ts';

const ROWS = 4096;
const [ELB, TARGET, GROUP] = [AT.elb!, AT['target:port']!, AT.target_group_arn!];

/** A request that failed: what load keeps in full, and what trace asks for. */
export const isFailure = (elbStatusCode: number): boolean => elbStatusCode >= 500 || elbStatusCode === 460;

/** A failure that the balancer made at a target: the target, then, is one whose every request is kept. */
const isTargetFailing = (sum: KernelSum): boolean =>
  isFailure(sum.elb_status_code) && sum.target_status_code !== sum.elb_status_code;

export class RequestCounts {
  readonly #objectId = new Column('object_id', 'int32', ROWS);
  readonly #minute = new Column('minute', 'timestamp', ROWS);
  readonly #elb = new Column('elb', 'string', ROWS);
  readonly #group = new Column('target_group_arn', 'string', ROWS);
  readonly #target = new Column('target', 'string', ROWS);
  readonly #elbStatus = new Column('elb_status_code', 'int32', ROWS);
  readonly #targetStatus = new Column('target_status_code', 'int32', ROWS);
  readonly #requests = new Column('requests', 'int64', ROWS);
  readonly #received = new Column('received_bytes', 'int64', ROWS);
  readonly #sent = new Column('sent_bytes', 'int64', ROWS);
  readonly columns = [
    this.#objectId,
    this.#minute,
    this.#elb,
    this.#group,
    this.#target,
    this.#elbStatus,
    this.#targetStatus,
    this.#requests,
    this.#received,
    this.#sent,
  ];

  /** Sums of the present object, by the values that its lines share. A sum has its own copy of each text. */
  readonly #sums = new Map<string, KernelSum>();
  #view: DataView = new DataView(new ArrayBuffer(0));

  readonly #kernel: LineReader;

  constructor(kernel: LineReader) {
    this.#kernel = kernel;
  }

  get length(): number {
    return this.#objectId.rows;
  }

  /** Forgets what was written out. */
  clear(): void {
    for (const column of this.columns) column.clear();
  }

  lend(view: DataView): void {
    this.#view = view;
  }

  /** Counts a line that the kernel could not. */
  add(record: LineRecord): void {
    const view = this.#view;
    const { start, end } = record.spans;
    const text = (at: number) => new Uint8Array(view.buffer, view.byteOffset + start[at]!, end[at]! - start[at]!);
    this.#merge({
      minute: Math.floor(record.time / MINUTE),
      elb_status_code: record.elb_status_code,
      target_status_code: record.target_status_code,
      elb: text(ELB),
      target_group_arn: text(GROUP),
      target: text(TARGET),
      requests: 1,
      received_bytes: record.received_bytes === ABSENT ? 0 : record.received_bytes,
      sent_bytes: record.sent_bytes === ABSENT ? 0 : record.sent_bytes,
    });
  }

  /** Takes over what the kernel has counted, and makes it forget. */
  gather(): void {
    for (let i = 0; i < this.#kernel.sumCount; i++) {
      const sum = this.#kernel.sum(i);
      // Sums in which nothing was counted are of the second pass.
      if (sum.requests > 0) this.#merge(sum);
    }
    this.#kernel.clearSums();
  }

  #merge(sum: KernelSum): void {
    const texts = [sum.elb, sum.target_group_arn, sum.target].map((text) => Buffer.from(text));
    const numbers = `${sum.minute} ${sum.elb_status_code} ${sum.target_status_code}`;
    // No field holds a line feed.
    const key = [numbers, ...texts.map((text) => text.toString('latin1'))].join('\n');
    const known = this.#sums.get(key);
    if (known) {
      known.requests += sum.requests;
      known.received_bytes += sum.received_bytes;
      known.sent_bytes += sum.sent_bytes;
    } else {
      const [elb, group, target] = texts as [Buffer, Buffer, Buffer];
      this.#sums.set(key, { ...sum, elb, target_group_arn: group, target });
    }
  }

  /** Ends an object: its sums become rows. Returns its targets, `ip:port` as logged, and which of them failed. */
  endObject(objectId: number): { targets: string[]; failing: string[] } {
    this.gather();
    const targets = new Set<string>();
    const failing = new Set<string>();
    // In one order, whoever counted them.
    for (const key of [...this.#sums.keys()].sort()) {
      const sum = this.#sums.get(key)!;
      this.#appendSum(objectId, sum);
      const target = new TextDecoder().decode(sum.target);
      if (target === '-') continue;
      targets.add(target);
      if (isTargetFailing(sum)) failing.add(target);
    }
    this.#sums.clear();
    return { targets: [...targets], failing: [...failing] };
  }

  /** Ends an object whose sums are not wanted. */
  dropObject(): void {
    this.#kernel.clearSums();
    this.#sums.clear();
  }

  #appendSum(objectId: number, sum: KernelSum): void {
    this.#objectId.appendInt32(objectId);
    this.#minute.appendInt64(sum.minute * MINUTE);
    for (const [column, text] of [
      [this.#elb, sum.elb],
      [this.#group, sum.target_group_arn],
      [this.#target, sum.target],
    ] as const) {
      if (isAbsent(text, 0, text.length)) column.appendAbsent();
      else column.appendBytes(new DataView(text.buffer, text.byteOffset, text.length), 0, text.length);
    }
    for (const [column, value] of [
      [this.#elbStatus, sum.elb_status_code],
      [this.#targetStatus, sum.target_status_code],
    ] as const) {
      if (value === ABSENT) column.appendAbsent();
      else column.appendInt32(value);
    }
    this.#requests.appendInt64(sum.requests);
    this.#received.appendInt64(sum.received_bytes);
    this.#sent.appendInt64(sum.sent_bytes);
  }
}
