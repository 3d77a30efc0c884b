/**
 * The one row that a query gives; `null` without one, and in an object that was never set up or was emptied since:
 * `deleteAll` takes every table (DESIGN §5, End of life). Reading creates nothing. One statement, not two: to ask first
 * whether the table is there took a sixth of the time of an exchange (docs/PERFORMANCE.md).
 */
export function onlyRow<Row extends Record<string, SqlStorageValue>>(query: () => SqlStorageCursor<Row>): Row | null {
  try {
    return query().toArray()[0] ?? null;
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("no such table: ")) return null;
    throw error;
  }
}
