/**
 * A lake that `export` wrote, among what is listed: known by its manifest, and loaded as a whole, in one transaction. Its
 * ledger comes along, so that an object counts as loaded whether its rows came from a log or from a lake.
 */
import { readFile, rm } from 'node:fs/promises';
import pMap from 'p-map';
import { SourceError } from '../../source/source.ts';
import { StoreError } from '../../store/database.ts';
import { type LakeFile, type LakeManifest, MANIFEST, parseManifest, tableOf } from '../../store/lake-manifest.ts';
import { defectOf, lakeEntries, storeLake } from '../../store/lake-read.ts';
import { knownObjects } from '../../store/ledger.ts';
import { LOG_OBJECT } from '../../store/table.ts';
import { countObject, inTransaction, skip } from './batch-step.ts';
import { type Lake, type ListedObject, neededFiles, planLake } from './lake-plan.ts';
import type { LoadOutcome, LoadRequest } from './request.ts';

/** Files fetched at once. */
const IN_FLIGHT = 4;

/** Loads what is new of a lake; files that are not what was exported are in `outcome.failed`. */
export async function loadLake(lake: Lake, request: LoadRequest, outcome: LoadOutcome): Promise<void> {
  const { connection, signal } = request;
  const fetcher = new LakeFetcher(lake, request, outcome);
  try {
    const manifest = await fetcher.manifest();
    if (manifest === null) return;
    const ledgerFile = manifest.files.find((file) => tableOf(file) === LOG_OBJECT.name);
    const ledger = ledgerFile ? await fetcher.checked(ledgerFile, manifest) : null;
    if (ledger === null) {
      if (!ledgerFile) fetcher.refuse(MANIFEST, `names no file of ${LOG_OBJECT.name}`);
      return;
    }

    // Leave out what is known, and the days of which nothing is new.
    const entries = await lakeEntries(connection, ledger);
    const plan = planLake(entries, await knownObjects(connection), request.selection);
    outcome.known += plan.known;
    outcome.knownSkipped += plan.knownSkipped;
    for (const reason of plan.skipped) skip(outcome, reason);
    if (plan.take.length === 0) return;
    if (request.keep !== 'all' || request.window !== null) {
      outcome.notes.push(`${lake.folder} is loaded as it was exported: --keep and --drop-outside are for logs`);
    }
    const taken = new Set(plan.take.map(({ object_id }) => object_id));
    const needed = neededFiles(
      manifest.files,
      entries.filter(({ object_id }) => taken.has(object_id)),
    );

    // Fetch and check every file before anything is stored.
    request.progress.planned(
      needed.length,
      needed.reduce((sum, { bytes }) => sum + bytes, 0),
    );
    await pMap(needed, (file) => fetcher.fetch(file), { concurrency: IN_FLIGHT });
    const files = new Map<string, string[]>([[LOG_OBJECT.name, [ledger]]]);
    const unread = new Set<string>();
    for (const file of needed) {
      const path = await fetcher.checked(file, manifest);
      const table = tableOf(file);
      if (path === null) unread.add(table);
      else files.set(table, [...(files.get(table) ?? []), path]);
      request.progress.done(file.bytes);
    }
    if (signal.aborted || outcome.fatal) {
      outcome.left += plan.take.length;
      return;
    }
    await inTransaction(connection, async () => {
      const stored = await storeLake(connection, plan.take, files, unread);
      return () => {
        for (const entry of stored) countObject(entry, outcome);
        const left = plan.take.length - stored.length;
        // A file that is not as exported is named above.
        if (unread.size > 0) outcome.left += left;
        else if (left > 0) fetcher.refuse('', `has other lines than its ledger says, of ${left} of its objects`);
      };
    });
  } finally {
    await fetcher.close();
  }
}

/** Fetches files of a lake once each, and reports those that cannot be fetched. */
class LakeFetcher {
  readonly #fetched = new Map<string, { path: string; temporary: boolean } | null>();

  readonly #lake: Lake;
  readonly #request: LoadRequest;
  readonly #outcome: LoadOutcome;

  constructor(lake: Lake, request: LoadRequest, outcome: LoadOutcome) {
    this.#lake = lake;
    this.#request = request;
    this.#outcome = outcome;
  }

  refuse(path: string, why: string): null {
    const uri = this.#lake.folder + path;
    this.#outcome.failed.push({ uri, message: `${uri} ${why}; export to the lake again, then load it again` });
    return null;
  }

  async manifest(): Promise<LakeManifest | null> {
    const path = await this.#bring(MANIFEST, this.#lake.manifest);
    if (path === null) return null;
    try {
      return parseManifest(await readFile(path, 'utf8'), this.#lake.folder + MANIFEST);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#outcome.failed.push({ uri: this.#lake.manifest.object.uri, message: error.message });
      return null;
    }
  }

  /** Fetches a file that the manifest names; null when it is not there as it says. */
  async fetch({ path, bytes }: LakeFile): Promise<string | null> {
    const known = this.#fetched.get(path);
    if (known !== undefined) return known?.path ?? null;
    const found = this.#lake.files.get(path);
    if (found?.object.size === bytes) return this.#bring(path, found);
    this.#fetched.set(path, null);
    const why = found ? `has ${found.object.size} bytes where ${bytes} were exported` : 'is missing';
    return this.refuse(path, why);
  }

  /** Returns the path of a file that holds what was exported, or null. */
  async checked(file: LakeFile, manifest: LakeManifest): Promise<string | null> {
    const path = await this.fetch(file);
    if (path === null) return null;
    const defect = await defectOf(this.#request.connection, path, file, manifest.engine);
    return defect === null ? path : this.refuse(file.path, defect);
  }

  async #bring(name: string, { source, object }: ListedObject): Promise<string | null> {
    const { sources, spoolDirectory, signal } = this.#request;
    this.#fetched.set(name, null);
    if (signal.aborted) return null;
    try {
      const file = await sources[source]!.fetch(object, spoolDirectory, signal);
      this.#fetched.set(name, file);
      return file.path;
    } catch (error) {
      if (signal.aborted) return null;
      if (!(error instanceof SourceError)) throw error;
      if (error.fatal) this.#outcome.fatal ??= error;
      else this.#outcome.failed.push({ uri: object.uri, message: error.message });
      return null;
    }
  }

  async close(): Promise<void> {
    for (const file of this.#fetched.values()) if (file?.temporary) await rm(file.path, { force: true });
  }
}
