/**
 * Reading the one row of a table. `null` without one, and in an object that was never set up or was emptied since:
 * `deleteAll` takes every table (DESIGN §5, End of life). Reading creates nothing. One statement, not two: to ask first
 * whether the table is there took a sixth of the time of an exchange (docs/PERFORMANCE.md).
 */

/** The one row that a query gives. */
export function onlyRow<Row>(query: () => Iterator<Row, undefined>): Row | null {
  try {
    return query().next().value ?? null;
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("no such table: ")) return null;
    throw error;
  }
}

/**
 * Makes readers of some columns of a row: `rowReader<Columns>("table")("one", "other")`. `from` may hold `?`. The values
 * come without their names from SQLite, which would make a text of each name for each row.
 */
export function rowReader<Columns extends object>(from: string) {
  return <Name extends keyof Columns & string>(...names: readonly Name[]) => {
    const query = `SELECT ${names.join(", ")} FROM ${from}`;
    return (sql: SqlStorage, ...bindings: SqlStorageValue[]): Pick<Columns, Name> | null => {
      const values = onlyRow(() => sql.exec(query, ...bindings).raw<SqlStorageValue[]>());
      if (values === null) return null;
      const row: Partial<Record<Name, SqlStorageValue | undefined>> = {};
      names.forEach((name, index) => {
        row[name] = values[index];
      });
      return row as Pick<Columns, Name>;
    };
  };
}
