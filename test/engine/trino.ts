/** Minimal client of Trino's protocol: a statement goes in by POST, pages come back until no next page is named. */
export interface TrinoAnswer {
  columns: { name: string; type: string }[];
  rows: unknown[][];
}

interface Page {
  nextUri?: string;
  columns?: { name: string; type: string }[];
  data?: unknown[][];
  error?: { message: string };
}

/** Runs one statement. Throws an Error with the engine's message. */
export async function runTrino(origin: string, sql: string, schema = 'default'): Promise<TrinoAnswer> {
  const headers = {
    'X-Trino-User': 'test',
    'X-Trino-Catalog': 'hive',
    'X-Trino-Schema': schema,
    'X-Trino-Time-Zone': 'UTC',
    'X-Trino-Client-Capabilities': 'PARAMETRIC_DATETIME',
  };
  let response = await fetch(`${origin}/v1/statement`, { method: 'POST', body: sql, headers });
  const answer: TrinoAnswer = { columns: [], rows: [] };
  for (;;) {
    if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
    const page = (await response.json()) as Page;
    if (page.error) throw new Error(page.error.message);
    if (page.columns) answer.columns = page.columns;
    for (const row of page.data ?? []) answer.rows.push(row);
    if (!page.nextUri) return answer;
    response = await fetch(page.nextUri, { headers });
  }
}
