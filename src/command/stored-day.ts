/** Reads the stored day of a night back, with checks, because the database may come from somebody else. */
import { z } from 'zod';
import type { Day } from '../report/night.ts';

const DAY_SHAPE: z.ZodType<Day> = z.object({
  day: z.string(),
  requests: z.number(),
  failures: z.number(),
  causes: z.record(z.string(), z.number()),
  late_p99_seconds: z.number().nullable(),
  late_max_seconds: z.number().nullable(),
  workloads: z.array(z.object({ workload: z.string(), failures: z.number() })),
});

/** Returns the day; null for a row that no night has written. */
export const dayOfSummary = (summary: unknown): Day | null => DAY_SHAPE.safeParse(summary).data ?? null;
