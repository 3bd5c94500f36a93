/**
 * What `--keep failures` keeps of rows it does not store: how many there were per minute, target and status, and which
 * targets an object knows, so that rates stay right and a second pass knows where to look.
 */
import { ABSENT, AT, type LineRecord } from '../alb/record.ts';
import { isAbsent } from '../alb/value.ts';
import { Column } from '../parquet/column.ts';
import { Interner } from '../parquet/intern.ts';

const MINUTE = 60_000_000;
const ROWS = 4096;
const [ELB, TARGET, GROUP] = [AT.elb!, AT['target:port']!, AT.target_group_arn!];

/** A request that failed: what load keeps in full, and what trace asks for. */
export const isFailure = (record: LineRecord): boolean =>
  record.elb_status_code >= 500 || record.elb_status_code === 460;

/** A failure that the balancer made at a target: the target, then, is one whose every request is kept. */
const isTargetFailing = (record: LineRecord): boolean =>
  isFailure(record) && record.target_status_code !== record.elb_status_code;

interface Sum {
  minute: number;
  place: number;
  elbStatus: number;
  targetStatus: number;
  requests: number;
  received: number;
  sent: number;
}

export class Tally {
  private readonly objectId = new Column('object_id', 'int32', ROWS);
  private readonly minute = new Column('minute', 'timestamp', ROWS);
  private readonly elb = new Column('elb', 'string', ROWS);
  private readonly group = new Column('target_group_arn', 'string', ROWS);
  private readonly target = new Column('target', 'string', ROWS);
  private readonly elbStatus = new Column('elb_status_code', 'int32', ROWS);
  private readonly targetStatus = new Column('target_status_code', 'int32', ROWS);
  private readonly requests = new Column('requests', 'int64', ROWS);
  private readonly received = new Column('received_bytes', 'int64', ROWS);
  private readonly sent = new Column('sent_bytes', 'int64', ROWS);
  readonly columns = [
    this.objectId,
    this.minute,
    this.elb,
    this.group,
    this.target,
    this.elbStatus,
    this.targetStatus,
    this.requests,
    this.received,
    this.sent,
  ];

  private readonly texts = new Interner();
  private readonly places = new Interner();
  /** elb, target group and target of a place, as numbers of texts. */
  private readonly placeTexts = new Int32Array(3);
  private readonly placeView = new DataView(this.placeTexts.buffer);
  private readonly sums = new Map<number, Map<number, Sum>>();
  private current = { minute: -1, sums: new Map<number, Sum>() };
  private readonly failing = new Set<number>();
  private view: DataView = new DataView(new ArrayBuffer(0));

  get length(): number {
    return this.objectId.rows;
  }

  /** Forgets what was written out. */
  clear(): void {
    for (const column of this.columns) column.clear();
  }

  lend(view: DataView): void {
    this.view = view;
  }

  add(record: LineRecord): void {
    const { view, texts, placeTexts } = this;
    const { start, end } = record.spans;
    placeTexts[0] = texts.number(view, start[ELB]!, end[ELB]! - start[ELB]!);
    placeTexts[1] = texts.number(view, start[GROUP]!, end[GROUP]! - start[GROUP]!);
    placeTexts[2] = texts.number(view, start[TARGET]!, end[TARGET]! - start[TARGET]!);
    const place = this.places.number(this.placeView, 0, 12);
    const minute = Math.floor(record.time / MINUTE);
    if (minute !== this.current.minute) {
      const sums = this.sums.get(minute) ?? new Map<number, Sum>();
      this.sums.set(minute, sums);
      this.current = { minute, sums };
    }
    const { elb_status_code: elbStatus, target_status_code: targetStatus } = record;
    const key = (place * 1024 + elbStatus + 2) * 1024 + targetStatus + 2;
    let sum = this.current.sums.get(key);
    if (!sum) {
      sum = { minute, place, elbStatus, targetStatus, requests: 0, received: 0, sent: 0 };
      this.current.sums.set(key, sum);
    }
    sum.requests++;
    if (record.received_bytes !== ABSENT) sum.received += record.received_bytes;
    if (record.sent_bytes !== ABSENT) sum.sent += record.sent_bytes;
    if (isTargetFailing(record)) this.failing.add(placeTexts[2]!);
  }

  /** Ends an object: its sums become rows. Returns its targets, `ip:port` as logged, and which of them failed. */
  endObject(objectId: number): { targets: string[]; failing: string[] } {
    const targets = new Set<number>();
    for (const sums of this.sums.values()) for (const sum of sums.values()) this.appendSum(objectId, sum, targets);
    const decode = (numbers: Iterable<number>) => {
      const texts = Array.from(numbers, (number) => new TextDecoder().decode(this.texts.get(number)));
      return texts.filter((text) => text !== '-');
    };
    const result = { targets: decode(targets), failing: decode(this.failing) };
    this.texts.clear();
    this.places.clear();
    this.sums.clear();
    this.current = { minute: -1, sums: new Map() };
    this.failing.clear();
    return result;
  }

  private appendSum(objectId: number, sum: Sum, targets: Set<number>): void {
    const place = this.places.get(sum.place);
    const texts = new Int32Array(place.slice().buffer);
    targets.add(texts[2]!);
    this.objectId.appendInt32(objectId);
    this.minute.appendInt64(sum.minute * MINUTE);
    [this.elb, this.group, this.target].forEach((column, i) => {
      const text = this.texts.get(texts[i]!);
      if (isAbsent(text, 0, text.length)) column.appendAbsent();
      else column.appendBytes(new DataView(text.buffer, text.byteOffset, text.length), 0, text.length);
    });
    for (const [column, value] of [
      [this.elbStatus, sum.elbStatus],
      [this.targetStatus, sum.targetStatus],
    ] as const) {
      if (value === ABSENT) column.appendAbsent();
      else column.appendInt32(value);
    }
    this.requests.appendInt64(sum.requests);
    this.received.appendInt64(sum.received);
    this.sent.appendInt64(sum.sent);
  }
}
