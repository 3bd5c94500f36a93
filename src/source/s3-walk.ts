/**
 * Walks the steps of a key plan through a bucket, several listings at once, and yields what it finds in the order of keys. Where a
 * folder mostly holds logs of load balancers that are not requested, it lists the beginnings of names instead of all names.
 */
import { inOrder, Slots } from './in-order.ts';
import { GROUP, rangeOf, type Selection, skipReason } from './key.ts';
import { behind, dayDelimiter, holdsDays, planSteps, type Step, stepsOfTree, treeOf, YEAR } from './plan.ts';
import type { Entry, Page, PageRequest, S3Bucket } from './s3-bucket.ts';
import { type Listed, SourceError } from './source.ts';

/** Limit for consecutive pages without keys. */
const MAX_EMPTY_PAGES = 100;
/** S3 allows keys of 1,024 bytes. */
const MAX_KEY_LENGTH = 4096;
/** Listings at a time. */
const AT_ONCE = 8;

/** Keys, parts that could not be listed, and groups of keys that were left out. */
export type ListedKey = Entry | Exclude<Listed, { object: unknown }>;
type List = Extract<Step, { kind: 'list' }>;
type Run = () => AsyncIterable<ListedKey[]>;

export class Walk {
  /** Whether any key was found. */
  met = false;
  /** Number of requests. */
  pages = 0;
  /** Uri of a beginning of names that is requested: logs of that load balancer exist, at whatever time. */
  requested: string | null = null;
  #listed = false;
  /** Most keys of a page were not requested, so groups of names are listed from there on. */
  #isCrowded = false;
  /** False for a server that groups names by folder alone. */
  #groups = true;
  readonly #slots = new Slots(AT_ONCE);
  readonly #end = new AbortController();
  readonly #signal: AbortSignal;

  constructor(
    readonly bucket: S3Bucket,
    readonly selection: Selection,
    signal: AbortSignal,
    readonly atOnce = AT_ONCE,
  ) {
    this.#signal = AbortSignal.any([signal, this.#end.signal]);
  }

  /** Yields what the steps find, page by page. Throws SourceError if the very first part cannot be listed. */
  async *through(steps: readonly Step[]): AsyncGenerator<ListedKey[]> {
    try {
      yield* this.#all(steps);
    } finally {
      this.#end.abort();
    }
  }

  #all(steps: readonly Step[]): AsyncGenerator<ListedKey[]> {
    return inOrder(
      steps.map((step) => () => this.#step(step)),
      this.atOnce,
    );
  }

  /** A part that cannot be listed is reported and the rest continues, except for the very first part. */
  async *#step(step: Step): AsyncGenerator<ListedKey[]> {
    try {
      if (step.kind === 'discover') yield* this.#discover(step.prefix);
      else if (step.kind === 'search') yield* this.#search(step.prefix);
      else yield* this.#list(step);
    } catch (error) {
      if (!(error instanceof SourceError) || error.fatal) throw error;
      if (!this.#listed) throw new SourceError(error.message, error.uri, true, { cause: error });
      yield [{ failed: { uri: error.uri, message: error.message } }];
    }
  }

  async *#list(list: List): AsyncGenerator<ListedKey[]> {
    const { prefix } = list;
    const delimiter = dayDelimiter(prefix);
    const canNarrow = this.selection.loadBalancers.length > 0 && (delimiter !== null || holdsDays(prefix));
    if (!canNarrow || !this.#groups || !this.#isCrowded) {
      let last: string | null = null;
      for await (const page of this.#pages({ prefix, after: list.after })) {
        const { entries } = page;
        const isMore =
          canNarrow && this.#groups && page.token !== null && entries.length > 0 && this.#isForeign(entries);
        const past = entries.findIndex(({ key }) => !isBefore(key, list.until));
        yield past < 0 ? entries : entries.slice(0, past);
        if (past >= 0) return;
        last = isMore ? entries.at(-1)!.key : null;
        if (isMore) break;
      }
      if (last === null) return;
      list = { ...list, after: last };
    }
    if (delimiter === null) yield* this.#days(list);
    else yield* this.#grouped(list, delimiter);
  }

  /** Returns whether most of the entries are not requested; then the whole place counts as crowded. */
  #isForeign(entries: readonly Entry[]): boolean {
    const foreign = entries.reduce((sum, { key }) => sum + (skipReason(key, this.selection) === null ? 0 : 1), 0);
    this.#isCrowded ||= foreign * 2 > entries.length;
    return this.#isCrowded;
  }

  /** Lists the folders of a year, a month or a region one by one. */
  async *#days(list: List): AsyncGenerator<ListedKey[]> {
    for await (const page of this.#pages({ prefix: list.prefix, delimiter: '/' })) {
      const runs = page.folders.map((folder) => ({
        name: folder,
        run: () => this.#step({ ...list, prefix: folder }),
      }));
      yield* this.#merged(page.entries, runs, list);
    }
  }

  /** Lists the groups of names of a day folder, and below those that are requested only the time of the window. */
  async *#grouped(list: List, delimiter: string): AsyncGenerator<ListedKey[]> {
    const { prefix } = list;
    const pages = this.#pages({ prefix, delimiter });
    let after = list.after;
    for (;;) {
      let page: Page;
      try {
        const next = await pages.next();
        if (next.done) return;
        page = next.value;
        this.#checkGroups(prefix, delimiter, page);
      } catch (error) {
        // Not every S3 can group by any text; what cannot be grouped is listed. A lasting reason shows there too.
        if (!(error instanceof SourceError)) throw error;
        this.#groups = false;
        yield* this.#list({ ...list, after });
        return;
      }
      const runs = page.folders.map((group) => ({ name: group, run: () => this.#group(group, list) }));
      yield* this.#merged(page.entries, runs, list);
      for (const last of [page.entries.at(-1)?.key, page.folders.map(behind).at(-1)]) {
        if (last !== undefined && order(last, after ?? '') > 0) after = last;
      }
    }
  }

  async *#group(group: string, { after, until }: List): AsyncGenerator<ListedKey[]> {
    const range = rangeOf(group, this.selection);
    const uri = this.bucket.uri(group);
    if (typeof range === 'string') {
      yield [{ skipped: { uri, reason: GROUP } }];
      return;
    }
    this.requested ??= uri;
    const later = after !== null && order(after, range.after ?? '') > 0 ? after : range.after;
    const earlier = until !== null && (range.until === null || order(until, range.until) < 0) ? until : range.until;
    yield* this.#step({ kind: 'list', prefix: group, after: later, until: earlier });
  }

  /** Yields single entries, and what lies below folders or groups, in the order of keys, as far as `list` asks for them. */
  async *#merged(
    entries: readonly Entry[],
    folders: readonly { name: string; run: Run }[],
    { after, until }: List,
  ): AsyncGenerator<ListedKey[]> {
    const isAsked = (name: string) => isBefore(name, until) && (after === null || order(name, after) > 0);
    const parts = [
      ...entries.filter(({ key }) => isAsked(key)).map((entry) => ({ name: entry.key, run: () => once([entry]) })),
      ...folders.filter(({ name }) => isAsked(name) || (after?.startsWith(name) && isBefore(name, until))),
    ].sort((a, b) => order(a.name, b.name));
    yield* inOrder(
      parts.map(({ run }) => run),
      this.atOnce,
    );
  }

  async *#discover(prefix: string): AsyncGenerator<ListedKey[]> {
    const steps = await this.#stepsOfTree(prefix);
    if (steps !== null) {
      yield* this.#all(steps);
      return;
    }
    for await (const page of this.#pages({ prefix, delimiter: '/' })) {
      const deep = page.entries.find(({ key }) => key.indexOf('/', prefix.length) >= 0);
      if (deep) throw this.#endless(prefix, 'it has no folders, though the request asked for them');
      yield* this.#all(page.folders.flatMap((folder) => planSteps(folder, this.selection)));
    }
  }

  /** Returns the steps for a whole tree, found in one request; null where that does not show all regions. */
  async #stepsOfTree(prefix: string): Promise<Step[] | null> {
    if (this.selection.loadBalancers.length === 0 || treeOf(prefix) !== prefix || !this.#groups) return null;
    try {
      const page = await this.#page({ prefix, delimiter: YEAR });
      this.#checkGroups(prefix, YEAR, page);
      if (page.token !== null) return null;
      const names = [...page.folders, ...page.entries.map(({ key }) => key)];
      return stepsOfTree(prefix, names, this.selection);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      this.#groups = false;
      return null;
    }
  }

  /** Looks at one key before it lists on, so a tree of logs is planned instead of listed. */
  async *#search(prefix: string): AsyncGenerator<ListedKey[]> {
    let after: string | null = null;
    for (;;) {
      const first = await this.#first({ prefix, after, limit: 1 });
      if (first === null) return;
      let tree = treeOf(first.key);
      if (tree === null) {
        for await (const { entries } of this.#pages({ prefix, after })) {
          const at = entries.findIndex(({ key }) => treeOf(key) !== null);
          const single = at < 0 ? entries : entries.slice(0, at);
          if (single.length > 0) this.met = true;
          yield single;
          if (at >= 0) tree = treeOf(entries[at]!.key);
          if (at >= 0) break;
        }
      }
      if (tree === null) return;
      yield* this.#all(planSteps(tree, this.selection));
      after = behind(tree);
    }
  }

  /** Returns the first key, or null. Earlier pages may be empty. */
  async #first(request: PageRequest): Promise<Entry | null> {
    for await (const { entries } of this.#pages(request)) if (entries[0]) return entries[0];
    return null;
  }

  async #page(request: PageRequest): Promise<Page> {
    const page = await this.#slots.run(() => this.bucket.page(request, this.#signal));
    this.pages++;
    this.#listed = true;
    return page;
  }

  /** Yields all pages. Throws SourceError when pages do not advance, because the listing would never end. */
  async *#pages(request: PageRequest): AsyncGenerator<Page> {
    let token: string | null = null;
    let last = request.after ?? '';
    let empty = 0;
    for (;;) {
      const page: Page = await this.#page({ ...request, token });
      const ends = [page.folders, page.entries.map((entry) => entry.key)].map((names) => {
        let before = last;
        for (const key of names) {
          const shown = JSON.stringify(key.slice(0, 200));
          if (order(key, before) <= 0) throw this.#endless(request.prefix, `it comes back to ${shown}`);
          if (!key.startsWith(request.prefix)) throw this.#endless(request.prefix, `it leads to ${shown}`);
          if (key.length > MAX_KEY_LENGTH) throw this.#endless(request.prefix, `a key has ${key.length} characters`);
          before = key;
        }
        return before;
      }) as [string, string];
      last = order(...ends) > 0 ? ends[0] : ends[1];
      const isEmpty = page.folders.length + page.entries.length === 0;
      empty = isEmpty ? empty + 1 : 0;
      if (request.delimiter !== '/' && request.limit !== 1 && !isEmpty) this.met = true;
      yield page;
      if (page.token === null) return;
      if (page.token === '' || page.token === token) throw this.#endless(request.prefix, 'it repeats a page');
      if (empty > MAX_EMPTY_PAGES) throw this.#endless(request.prefix, `${empty} pages held no key`);
      token = page.token;
    }
  }

  /** Throws SourceError where a server groups in another way than requested. */
  #checkGroups(prefix: string, delimiter: string, { entries, folders }: Page): void {
    const isRight = (name: string) => name.indexOf(delimiter, prefix.length) === name.length - delimiter.length;
    const isSingle = ({ key }: Entry) => key.indexOf(delimiter, prefix.length) < 0;
    if (!folders.every(isRight) || !entries.every(isSingle)) throw this.#endless(prefix, 'names are not grouped');
  }

  #endless(prefix: string, why: string): SourceError {
    const uri = this.bucket.uri(prefix);
    return new SourceError(`Listing ${uri} does not advance (${why}); the server's paging is broken`, uri, true);
  }
}

async function* once(found: ListedKey[]): AsyncGenerator<ListedKey[]> {
  yield found;
}

const isBefore = (key: string, until: string | null): boolean => until === null || order(key, until) < 0;

/** From this character on, UTF-16 order (that of strings) differs from byte order. */
const BEYOND = /[\ud800-\uffff]/;

/** Compares keys by bytes, as S3 does. */
function order(a: string, b: string): number {
  if (a === b) return 0;
  if (BEYOND.test(a) || BEYOND.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}
