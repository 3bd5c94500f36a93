/** Runs a watch of a stand-in API server in this process, and reads its files as `load` would. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import type { PodFact, Reading } from '../../src/evidence/fact.ts';
import { isEvidenceKind } from '../../src/evidence/kind.ts';
import { readEvidence } from '../../src/evidence/read.ts';
import { recognise } from '../../src/evidence/recognise.ts';
import { runWatch, type WatchOutcome, type WatchRequest } from '../../src/watch/run.ts';

export interface Running {
  notes: string[];
  /** Aborts the watch and returns its outcome. */
  stop(): Promise<WatchOutcome>;
  /** Settles when the watch ends by itself. */
  ended: Promise<WatchOutcome>;
}

/** Begins a watch that waits a hundredth of the usual time between tries. */
export function beginWatch(server: string | null, directory: string, change: Partial<WatchRequest> = {}): Running {
  const stop = new AbortController();
  const notes: string[] = [];
  const ended = runWatch({
    cluster: server === null ? null : { server: new URL(server), options: async () => ({}) },
    namespaces: ['shop'],
    nodes: false,
    selector: null,
    balancer: null,
    targetGroups: [],
    ecs: null,
    directory,
    rotation: { bytes: 64 << 20, ms: 3_600_000 },
    uploader: null,
    patience: {
      tries: 3,
      random: () => 0,
      sleep: async (ms, signal) => {
        await delay(ms / 100, undefined, { signal });
      },
    },
    now: () => Date.now() * 1000,
    note: (text) => notes.push(text),
    signal: stop.signal,
    ...change,
  });
  // The caller of stop sees the failure.
  ended.catch(() => {});
  running.add(stop);
  return {
    notes,
    ended,
    stop: () => {
      stop.abort();
      return ended;
    },
  };
}

const running = new Set<AbortController>();

/** Stops the watches that a failed test left. */
export function stopAll(): void {
  for (const stop of running) stop.abort();
  running.clear();
}

/** Waits until `done` returns true. */
export async function until(done: () => boolean, what: string, ms = 30_000): Promise<void> {
  const end = Date.now() + ms;
  while (!done()) {
    if (Date.now() > end) throw new Error(`waited ${ms} ms for ${what}`);
    await delay(5);
  }
}

/** Returns names and texts of the files with this name, in the order in which they were begun. */
export function filesOf(directory: string, name: string): { file: string; text: string }[] {
  return readdirSync(directory)
    .filter((file) => file.startsWith(`${name}-`) && /\.jsonl(\.gz)?$/.test(file))
    .sort()
    .map((file) => {
      const raw = readFileSync(join(directory, file));
      return { file, text: (file.endsWith('.gz') ? gunzipSync(raw) : raw).toString() };
    });
}

/** Reads one file as `load` would. */
export function read(text: string, file: string): Reading {
  const { kind } = recognise(text.slice(0, 65_536), file);
  if (!isEvidenceKind(kind)) throw new Error(`${file} is ${kind}: ${text.slice(0, 200)}`);
  return readEvidence(kind, text, { capturedAt: null, modifiedAt: null, timezoneMinutes: 0, name: file });
}

/** Returns all facts about pods in all files. Rejected lines are an error. */
export function podFacts(directory: string, namespace = 'shop'): PodFact[] {
  return filesOf(directory, `pods-${namespace}`).flatMap(({ file, text }) => {
    const { facts, rejected } = read(text, file);
    if (rejected.length > 0) throw new Error(`${file}: ${rejected[0]!.reason}`);
    return facts.filter((fact) => fact.kind === 'pod');
  });
}
