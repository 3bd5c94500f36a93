/**
 * Evidence as it comes, part by part. Listings and watches of Kubernetes and answers of describe-target-health are read
 * value by value, and logs line by line, so that their size does not matter; all else is read as one text, which is bounded.
 */
import { AuditLogReader } from './audit-log.ts';
import { CloudTrailReader } from './cloudtrail.ts';
import { ControllerLogReader } from './controller-log.ts';
import type { EntryReader, EntryReaderClass } from './entry-reader.ts';
import type { EvidenceKind, EvidenceSummary, FactSink, ReadingContext } from './fact.ts';
import { type JsonPiece, JsonSplitter, widthOf } from './json-stream.ts';
import { KubernetesReader } from './kubernetes-json.ts';
import { PAYLOAD } from './payload.ts';
import { mayBePython } from './python-text.ts';
import { readEvidence } from './read.ts';
import { recognise } from './recognise.ts';
import { TargetHealthReader } from './target-health.ts';
import { Unwrapper } from './unwrap/unwrapper.ts';

/** Reads one object of evidence. */
export interface EvidenceStream {
  /** Takes the next part of the text. Throws EvidenceTooLarge, or ValueTooLarge. */
  push(text: string): void;
  end(): EvidenceSummary;
}

/** Takes JSON values one after the other. */
interface ValueReader {
  take(piece: JsonPiece): void;
  end(): EvidenceSummary;
}

const VALUE_READERS: Partial<Record<EvidenceKind, new (context: ReadingContext, sink: FactSink) => ValueReader>> = {
  kubectl_pods_json: KubernetesReader,
  kubernetes_events_json: KubernetesReader,
  endpointslices_json: KubernetesReader,
  nodes_json: KubernetesReader,
  target_health_json: TargetHealthReader,
};

const ENTRY_READERS: Partial<Record<EvidenceKind, EntryReaderClass>> = {
  kubernetes_audit_log: AuditLogReader,
  lb_controller_log: ControllerLogReader,
  cloudtrail_json: CloudTrailReader,
};

/** Bytes in memory of a text that is read as one, and of a line. */
const MAX_TEXT = 128 << 20;

export class EvidenceTooLarge extends Error {
  override name = 'EvidenceTooLarge';
}

/** Returns the stream of a text of this kind. `head` is how it begins; `most` bytes of it are held at once. */
export function openEvidence(
  kind: EvidenceKind,
  head: string,
  context: ReadingContext,
  sink: FactSink,
  most: number = MAX_TEXT,
): EvidenceStream {
  const Entries = ENTRY_READERS[kind];
  if (Entries && !(mayBePython(head) && recognise(head, context.name).isPython))
    return byLine(new Entries(context, sink), new TextLimit(kind, most));
  const isPlain = /^\uFEFF?\s*[{[]/.test(head) && !recognise(head, context.name).isWrapped;
  const Reader = isPlain ? VALUE_READERS[kind] : undefined;
  return Reader ? byValue(new Reader(context, sink)) : asOneText(kind, context, sink, new TextLimit(kind, most));
}

/** Counts the bytes that a text takes in memory. */
class TextLimit {
  #length = 0;
  #width = 1;

  constructor(
    readonly kind: EvidenceKind,
    readonly most: number,
  ) {}

  /** Throws EvidenceTooLarge. */
  add(text: string): void {
    this.#length += text.length;
    if (this.#width === 1) this.#width = widthOf(text);
    if (this.#length * this.#width <= this.most) return;
    const most = this.most >> 20 > 0 ? `${this.most >> 20} MiB` : `${this.most} bytes`;
    throw new EvidenceTooLarge(`more than ${most} of ${this.kind} at once; split it and load the parts`);
  }

  clear(): void {
    this.#length = 0;
    this.#width = 1;
  }
}

function byValue(reader: ValueReader): EvidenceStream {
  const splitter = new JsonSplitter(true);
  return {
    push(text) {
      for (const piece of splitter.push(text)) reader.take(piece);
    },
    end() {
      for (const piece of splitter.end()) reader.take(piece);
      return reader.end();
    },
  };
}

function byLine(reader: EntryReader, limit: TextLimit): EvidenceStream {
  const unwrapper = new Unwrapper(PAYLOAD);
  let begun: string[] = [];
  let number = 0;
  const take = (line: string) => {
    for (const entry of unwrapper.next(line, ++number).entries) reader.take(entry);
  };
  return {
    push(text) {
      let at = 0;
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', at)) {
        begun.push(text.slice(at, end));
        take(begun.length === 1 ? begun[0]! : begun.join(''));
        begun = [];
        limit.clear();
        at = end + 1;
      }
      const rest = text.slice(at);
      limit.add(rest);
      begun.push(rest);
    },
    end() {
      unwrapper.isCut = true;
      take(begun.join(''));
      for (const entry of unwrapper.end().entries) reader.take(entry);
      return reader.end();
    },
  };
}

function asOneText(kind: EvidenceKind, context: ReadingContext, sink: FactSink, limit: TextLimit): EvidenceStream {
  const parts: string[] = [];
  return {
    push(text) {
      parts.push(text);
      limit.add(text);
    },
    end() {
      const text = parts.join('');
      parts.length = 0;
      const { records, facts, rejected, notes, saysNone } = readEvidence(kind, text, context);
      for (const fact of facts) sink.fact(fact);
      for (const rejection of rejected) sink.reject(rejection);
      return { records, notes, ...(saysNone ? { saysNone } : {}) };
    },
  };
}
