/**
 * Holds a database only during a question, for a shell that somebody may forget: between two questions another process can
 * write. Temporary tables and settings stay, because they are in memory and not in the file.
 */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { fileOf, type OpenOptions, openDatabase, settingsOf, waitForLock } from './database.ts';
import { explain, StoreError } from './error.ts';
import { companionsOf } from './file-header.ts';
import { forgetJudged } from './judge.ts';
import { identify, prepareReading } from './prepare.ts';

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
/** Names that DuckDB reserves. */
const RESERVED = ['memory', 'temp', 'system', 'main'];

export class LooseDatabase {
  readonly connection: DuckDBConnection;
  readonly #instance: DuckDBInstance;
  readonly #path: string;
  readonly #file: string;
  readonly #options: OpenOptions;
  /** Name of the attached file, quoted. */
  readonly #name: string;
  #held = false;

  private constructor(
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    path: string,
    file: string,
    options: OpenOptions,
  ) {
    this.#instance = instance;
    this.connection = connection;
    this.#path = path;
    this.#file = file;
    this.#options = options;
    const stem = basename(file).split('.')[0]!;
    this.#name = `"${(stem === '' || RESERVED.includes(stem.toLowerCase()) ? 'database' : stem).replaceAll('"', '""')}"`;
  }

  /** Opens the file, so errors appear at once. Throws StoreError. */
  static async open(path: string, options: OpenOptions): Promise<LooseDatabase> {
    // Makes the file, or migrates it to this version.
    if (!options.readOnly) (await openDatabase(path, options)).close();
    else if (!existsSync(path)) (await openDatabase(path, options)).close();
    const file = await fileOf(path);
    const { access_mode: _, ...settings } = settingsOf(options);
    const instance = await DuckDBInstance.create(':memory:', { ...settings, temp_directory: `${file}.tmp` });
    const connection = await instance.connect();
    const database = new LooseDatabase(instance, connection, path, file, options);
    try {
      await connection.run("SET TimeZone = 'UTC'");
      if (!options.external) {
        await connection.run(`SET allowed_paths = [${[file, ...companionsOf(file)].map(text).join(', ')}]`);
        await connection.run('SET enable_external_access = false');
      }
      await database.hold();
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** Attaches the file. Waits as long as the options allow. Throws StoreError. */
  async hold(): Promise<void> {
    if (this.#held) return;
    const mode = this.#options.readOnly ? ' (READ_ONLY)' : '';
    await waitForLock(this.#path, this.#options, () =>
      this.connection.run(`ATTACH ${text(this.#file)} AS ${this.#name}${mode}`),
    );
    this.#held = true;
    try {
      await this.connection.run(`USE ${this.#name}`);
      const found = await identify(this.connection, this.#path);
      if (this.#options.readOnly) await prepareReading(this.connection, this.#path, found);
    } catch (error) {
      await this.release();
      throw error instanceof StoreError ? error : explain(this.#path, error);
    }
  }

  /** Detaches the file. Returns false during a transaction, which would be lost. */
  async release(): Promise<boolean> {
    if (!this.#held) return true;
    try {
      await this.connection.run('USE memory');
      await this.connection.run(`DETACH ${this.#name}`);
      this.#held = false;
    } catch {
      // A failed transaction accepts only its end.
      await this.connection.run(`USE ${this.#name}`).catch(() => {});
      return false;
    }
    return true;
  }

  /** Must be called when a statement may have changed rows: what was judged may no longer fit them. */
  async changed(): Promise<void> {
    if (!this.#options.readOnly) await forgetJudged(this.connection);
  }

  /** Rolls back the open transaction. */
  async rollback(): Promise<void> {
    await this.connection.run('ROLLBACK').catch(() => {});
  }

  close(): void {
    this.connection.closeSync();
    this.#instance.closeSync();
  }
}
