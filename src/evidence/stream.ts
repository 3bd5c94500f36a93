/**
 * Evidence as it comes, part by part. Listings and watches of Kubernetes and answers of describe-target-health are read
 * value by value, so that their size does not matter; all else is read as one text, which is bounded.
 */
import type { EvidenceKind, FactSink, Reading, ReadingContext } from './fact.ts';
import { type JsonPiece, JsonSplitter, widthOf } from './json-stream.ts';
import { KubernetesReader } from './kubernetes-json.ts';
import { readEvidence } from './read.ts';
import { recognise } from './recognise.ts';
import { TargetHealthReader } from './target-health.ts';

/** What is known when all of a text was read. */
export type EvidenceSummary = Pick<Reading, 'records' | 'notes' | 'saysNone'>;

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

/** Bytes in memory of a text that is read as one. */
const MAX_TEXT = 128 << 20;

export class EvidenceTooLarge extends Error {
  override name = 'EvidenceTooLarge';
}

/** Returns the stream of a text of this kind. `head` is how it begins. */
export function openEvidence(
  kind: EvidenceKind,
  head: string,
  context: ReadingContext,
  sink: FactSink,
): EvidenceStream {
  const isPlain = /^\uFEFF?\s*[{[]/.test(head) && !recognise(head, context.name).isWrapped;
  const Reader = isPlain ? VALUE_READERS[kind] : undefined;
  return Reader ? byValue(new Reader(context, sink)) : asOneText(kind, context, sink);
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

function asOneText(kind: EvidenceKind, context: ReadingContext, sink: FactSink): EvidenceStream {
  const parts: string[] = [];
  let length = 0;
  let width = 1;
  return {
    push(text) {
      parts.push(text);
      length += text.length;
      if (width === 1) width = widthOf(text);
      if (length * width > MAX_TEXT)
        throw new EvidenceTooLarge(`more than ${MAX_TEXT >> 20} MiB of ${kind}; split it and load the parts`);
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
