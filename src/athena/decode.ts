/** Converts Athena's result cells, which are text, to the values that DuckDB gives for the same types. Pure. */

/** A column for the output formats. The type has DuckDB's spelling. */
export interface DecodedColumn {
  name: string;
  type: string;
}

const TYPE: Record<string, string> = {
  boolean: 'BOOLEAN',
  tinyint: 'TINYINT',
  smallint: 'SMALLINT',
  integer: 'INTEGER',
  int: 'INTEGER',
  bigint: 'BIGINT',
  real: 'FLOAT',
  float: 'FLOAT',
  double: 'DOUBLE',
  decimal: 'DECIMAL',
  timestamp: 'TIMESTAMP',
  'timestamp with time zone': 'TIMESTAMP WITH TIME ZONE',
  date: 'DATE',
  varbinary: 'BLOB',
};

const baseOf = (type: string): string => type.replace(/\(.*?\)/, '').toLowerCase();

/** Returns the column for a name and an Athena type. */
export function decodedColumn(name: string, type: string): DecodedColumn {
  return { name, type: TYPE[baseOf(type)] ?? 'VARCHAR' };
}

const TIME = /^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,12}))?( UTC)?$/;

/**
 * Converts a text of an Athena type: numbers become numbers (integers beyond 2^53 and decimals stay text), times ISO 8601 with
 * six digits and Z, bytes text with `\xHH` for everything except printable ASCII. Arrays and rows keep Athena's text, which is
 * not JSON.
 */
export function decodeCell(text: string | undefined, type: string): string | number | boolean | null {
  if (text === undefined) return null;
  switch (baseOf(type)) {
    case 'boolean':
      return text === 'true';
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'int':
    case 'bigint':
      return Number.isSafeInteger(Number(text)) ? Number(text) : text;
    case 'real':
    case 'float':
    case 'double':
      return Number.isFinite(Number(text)) ? Number(text) : text;
    case 'timestamp':
    case 'timestamp with time zone': {
      const [, date, time, fraction = ''] = TIME.exec(text) ?? [];
      return date === undefined ? text : `${date}T${time}.${fraction.padEnd(6, '0').slice(0, 6)}Z`;
    }
    case 'varbinary':
      return escapeBytes(text);
    default:
      return text;
  }
}

/** Athena writes bytes as `de ad be ef`. */
function escapeBytes(hex: string): string {
  return hex.replace(/\s+/g, '').replace(/../g, (pair) => {
    const byte = Number.parseInt(pair, 16);
    const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x5c;
    return isPlain ? String.fromCharCode(byte) : `\\x${pair.toUpperCase()}`;
  });
}
