/** Says what incidents look like in the traffic alone. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { catalogueQuery } from '../query/catalogue.ts';
import type { BoundValue } from '../query/parameter.ts';
import { type ShapeRow, shapeLines, type Unproven } from '../report/traffic-shape.ts';
import { selectAll } from '../store/select.ts';
import type { Zone } from '../time/zone.ts';

/** Returns lines on the incidents of a window that evidence does not explain, the newest first. Asks nothing without any. */
export async function shapesOf(
  connection: DuckDBConnection,
  { from, to, target_group }: Readonly<Record<string, BoundValue>>,
  unproven: readonly Unproven[],
  zone: Zone,
): Promise<string[]> {
  if (unproven.length === 0) return [];
  const { sql } = catalogueQuery('traffic-shapes');
  const rows = await selectAll(connection, sql, { from: from!, to: to!, target_group: target_group! });
  return shapeLines(rows as unknown as ShapeRow[], unproven, zone);
}
