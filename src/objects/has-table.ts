/** Whether the object was set up and not emptied since: `deleteAll` takes every table (DESIGN §5, End of life). */
export function hasTable(sql: SqlStorage, name: string): boolean {
  return sql.exec("SELECT 1 FROM sqlite_master WHERE name = ?", name).toArray().length > 0;
}
