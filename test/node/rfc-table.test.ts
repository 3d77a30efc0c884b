/** Every test that test/conformance/README.md names is there. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { titlesIn } from "./titles.ts";

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

const known = new Map<string, readonly string[]>();

function titlesOf(path: string): readonly string[] {
  const titles = known.get(path) ?? [...titlesIn(readFileSync(path, "utf8"))];
  known.set(path, titles);
  return titles;
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
    expect(titlesOf(path), file).toContain(title);
  }
});

describe("the check", () => {
  it("finds references", () => {
    const row =
      "| 1 | a | `a/b.test.ts` › one thing<br>`c.test.ts` › two. **Differs**: x `d.test.ts` › three (it is) |";
    expect(referencesIn(row)).toEqual([
      { file: "a/b.test.ts", title: "one thing" },
      { file: "c.test.ts", title: "two" },
      { file: "d.test.ts", title: "three (it is)" },
    ]);
  });

  const titles = (source: string) => [...titlesIn(source)];

  it("reads titles of blocks, of tables and of their rows", () => {
    expect(titles('describe("a", () => { it("b", () => {}); test.concurrent(`c ${x}`, f); });')).toEqual([
      "a",
      "b",
      "c ${x}",
    ]);
    expect(titles('it.each<[string]>([["one", 1], ["two", 2]] as const)("is %s", (name: string) => {});')).toEqual([
      "is %s",
      "is one",
      "is two",
    ]);
    expect(titles('const ROWS = ["one"] as const; describe.each(ROWS)("%s", f);')).toEqual(["%s", "one"]);
  });

  it.each([
    ["a text within a test", 'it("a", () => { const x = "no title"; expect(x).toBe("no title"); });'],
    ["a comment", 'it("a", () => {}); // it("no title", () => {});'],
    ["the name of a helper's argument", 'check("no title", () => {});'],
    ["a part of a title", 'it("no title at all", () => {});'],
    ["a skipped test", 'it.skip("no title", () => {}); describe.todo("no title"); it.skip.each([1])("no title", f);'],
    ["a row whose text is not shown", 'it.each([["no title", 1]])("a", () => {});'],
    ["a second text of a row", 'it.each([["a", "no title"]])("%s", () => {});'],
  ])("takes %s for no title", (_, source) => {
    expect(titles(source)).not.toContain("no title");
  });
});
