/**
 * The same tables as the DDL in two other forms, for those who manage their Glue catalogue by code: input of Glue's API, and resources
 * of Terraform. Both are JSON. Pure.
 */
import type { ExternalTable } from '../engine/table.ts';
import { declaredPartitions, lakeProjection, logProjection, placedTable } from './ddl.ts';
import { type LakePlace, type Location, placedName, tableFolder } from './location.ts';

interface CatalogColumn {
  name: string;
  type: string;
}

/** A table of the Glue catalogue. */
export interface CatalogTable {
  name: string;
  columns: CatalogColumn[];
  partitions: CatalogColumn[];
  location: string;
  format: 'text' | 'parquet';
  serdeParameters: Record<string, string>;
  parameters: Record<string, string>;
}

const FORMATS = {
  text: {
    input: 'org.apache.hadoop.mapred.TextInputFormat',
    output: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
    serde: 'org.apache.hadoop.hive.serde2.RegexSerDe',
  },
  parquet: {
    input: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
    output: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
    serde: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
  },
} as const;

/** Returns a table over logs in place. */
export function logCatalogTable(table: ExternalTable, location: Location): CatalogTable {
  return {
    ...columnsOf(placedTable(table, location)),
    name: placedName(table.name, { location, lake: null }),
    location: tableFolder(location),
    format: 'text',
    serdeParameters: { 'input.regex': table.pattern ?? '' },
    parameters: { EXTERNAL: 'TRUE', ...logProjection(location) },
  };
}

/** Returns a table over a lake. */
export function lakeCatalogTable(table: ExternalTable, lake: LakePlace): CatalogTable {
  const folder = `${lake.folder}/${table.folder}/`;
  const byDay = table.partitions.includes('day');
  return {
    ...columnsOf(table),
    name: placedName(table.name, { location: null, lake }),
    location: folder,
    format: 'parquet',
    serdeParameters: { 'serialization.format': '1' },
    parameters: { EXTERNAL: 'TRUE', classification: 'parquet', ...(byDay ? lakeProjection(folder) : {}) },
  };
}

const columnsOf = (table: ExternalTable): Pick<CatalogTable, 'columns' | 'partitions'> => ({
  columns: table.columns.map(({ name, type }) => ({ name, type })),
  partitions: declaredPartitions(table).map((name) => ({ name, type: 'string' })),
});

/** Returns the input of Glue's CreateDatabase, and of CreateTable for each table. */
export function glueForm(database: string, tables: readonly CatalogTable[]): unknown {
  const columns = (all: readonly CatalogColumn[]) => all.map(({ name, type }) => ({ Name: name, Type: type }));
  return {
    DatabaseInput: { Name: database },
    TableInputs: tables.map((table) => ({
      Name: table.name,
      TableType: 'EXTERNAL_TABLE',
      Parameters: table.parameters,
      PartitionKeys: columns(table.partitions),
      StorageDescriptor: {
        Columns: columns(table.columns),
        Location: table.location,
        InputFormat: FORMATS[table.format].input,
        OutputFormat: FORMATS[table.format].output,
        SerdeInfo: { SerializationLibrary: FORMATS[table.format].serde, Parameters: table.serdeParameters },
      },
    })),
  };
}

/** Returns resources of Terraform, for a file whose name ends in .tf.json. */
export function terraformForm(database: string, tables: readonly CatalogTable[]): unknown {
  const resources = tables.map((table) => [
    table.name,
    {
      name: table.name,
      database_name: `\${aws_glue_catalog_database.${database}.name}`,
      table_type: 'EXTERNAL_TABLE',
      parameters: literals(table.parameters),
      partition_keys: table.partitions,
      storage_descriptor: [
        {
          columns: table.columns,
          location: literal(table.location),
          input_format: FORMATS[table.format].input,
          output_format: FORMATS[table.format].output,
          ser_de_info: [
            { serialization_library: FORMATS[table.format].serde, parameters: literals(table.serdeParameters) },
          ],
        },
      ],
    },
  ]);
  return {
    resource: {
      aws_glue_catalog_database: { [database]: { name: database } },
      aws_glue_catalog_table: Object.fromEntries(resources),
    },
  };
}

/** Terraform reads `${` and `%{` in a text as the start of an expression. */
const literal = (text: string): string => text.replace(/[$%](?=\{)/g, '$&$&');

const literals = (entries: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, literal(value)]));
