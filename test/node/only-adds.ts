/** Whether statements leave the code of before at work: it goes on beside them for minutes, and after a rollback. */

/** Why the code of before could fail after these statements. */
export function faultsOf(sql: string): string[] {
  const bare = sql.replaceAll(/--.*$/gm, "").replaceAll(/'(?:[^']|'')*'/g, "''");
  const statements = bare.split(";").map((statement) => statement.replaceAll(/\s+/g, " ").trim());
  return statements.flatMap((statement) => {
    if (/^(?:DROP|ALTER TABLE \w+ (?:DROP|RENAME))\b/i.test(statement)) return [`takes something away: ${statement}`];
    const narrowed = /^CREATE UNIQUE INDEX .* ON (\w+)/i.exec(statement)?.[1];
    if (narrowed !== undefined && !new RegExp(`\\bCREATE TABLE ${narrowed}\\b`, "i").test(bare)) {
      return [`forbids what was allowed: ${statement}`];
    }
    const column = /^ALTER TABLE \w+ ADD (?:COLUMN )?(.*)$/i.exec(statement)?.[1] ?? "";
    const demanded = /\b(?:NOT NULL|UNIQUE|PRIMARY KEY)\b/i.test(column) && !/\bDEFAULT\b/i.test(column);
    return demanded ? [`demands a new column: ${statement}`] : [];
  });
}
