/** Says what incidents look like in the traffic alone. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { catalogueQuery } from '../query/catalogue.ts';
import type { BoundValue } from '../query/parameter.ts';
import { type ShapeRow, shapeFix, shapeLines, type Unproven } from '../report/traffic-shape.ts';
import { selectAll } from '../store/select.ts';
import type { Zone } from '../time/zone.ts';

/** The lines on the shapes of incidents, and what to do about the shape of most of their failures. */
interface Looks {
  lines: string[];
  fix: string | null;
}

/** Describes the incidents of a window that evidence does not explain, the newest first. Asks nothing without any. */
export async function shapesOf(
  connection: DuckDBConnection,
  { from, to, target_group }: Readonly<Record<string, BoundValue>>,
  unproven: readonly Unproven[],
  zone: Zone,
): Promise<Looks> {
  if (unproven.length === 0) return { lines: [], fix: null };
  const { sql } = catalogueQuery('traffic-shapes');
  const rows = (await selectAll(connection, sql, {
    from: from!,
    to: to!,
    target_group: target_group!,
  })) as unknown as ShapeRow[];
  return { lines: shapeLines(rows, unproven, zone), fix: shapeFix(rows, unproven) };
}
