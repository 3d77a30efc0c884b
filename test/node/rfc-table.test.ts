/** Every test that test/conformance/README.md names is there. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const TESTS = join(import.meta.dirname, "..");
const table = readFileSync(join(TESTS, "conformance/README.md"), "utf8");
const rows = table.split("\n").filter((line) => /^\| [\d–]/.test(line));

interface Reference {
  readonly file: string;
  readonly title: string;
}

/** `file` › title, up to a line break, the end of the cell, or a sentence that follows. */
function referencesIn(row: string): Reference[] {
  const found = row.matchAll(/`([\w/-]+\.test\.ts)` › (.+?)(?=<br>| \||\. (?:\*\*|[A-Z]))/g);
  return [...found].map(([, file = "", title = ""]) => ({ file, title }));
}

/** A title as it stands in the source: as text of `it`, `describe`, or their `each`. */
function hasTitle(source: string, title: string): boolean {
  const quoted = [JSON.stringify(title), `\`${title}\``, `'${title}'`];
  return quoted.some((text) => source.includes(text));
}

it("has rows for each of the RFCs", () => {
  for (const rfc of ["9700", "8725", "7636", "6749", "7009", "8707", "9207"])
    expect(table).toContain(`\n## RFC ${rfc}`);
  expect(rows.length).toBeGreaterThan(60);
});

it.each(rows)("%s", (row) => {
  const references = referencesIn(row);
  const excused = /\*\*(?:Does not apply|Provider's part|Differs)\*\*/.test(row);
  expect(references.length > 0 || excused).toBe(true);
  // Each file that is named has a title with it.
  expect(row.match(/\.test\.ts`/g)?.length ?? 0).toBe(references.length);
  for (const { file, title } of references) {
    const path = join(TESTS, file);
    expect(existsSync(path), file).toBe(true);
    expect(hasTitle(readFileSync(path, "utf8"), title), `${file}: ${title}`).toBe(true);
  }
});

describe("the check", () => {
  it("finds references and reads titles", () => {
    const row =
      "| 1 | a | `a/b.test.ts` › one thing<br>`c.test.ts` › two. **Differs**: x `d.test.ts` › three (it is) |";
    expect(referencesIn(row)).toEqual([
      { file: "a/b.test.ts", title: "one thing" },
      { file: "c.test.ts", title: "two" },
      { file: "d.test.ts", title: "three (it is)" },
    ]);
    expect(hasTitle('it("one thing", () => {});', "one thing")).toBe(true);
    expect(hasTitle('it("one thing or two", () => {});', "one thing")).toBe(false);
  });
});
