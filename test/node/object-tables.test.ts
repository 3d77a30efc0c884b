/**
 * The steps of objects' tables (src/objects/tables.ts): what was released stays as it is, because stored objects have taken
 * it and will not take it again; and steps only add. What becomes of stored objects is in test/storage/steps.test.ts.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { OBJECT_TABLES, ORIGIN } from "./object-tables.ts";
import { faultsOf } from "./only-adds.ts";

/** SHA-256 of each step, in order, by kind of object. Each new step adds its line. */
const path = join(import.meta.dirname, "../fixtures/stored/steps.json");
const RELEASED = JSON.parse(readFileSync(path, "utf8")) as Readonly<Record<string, readonly string[]>>;

describe.each(OBJECT_TABLES)("$kind", ({ kind, steps }) => {
  it("its released steps are unchanged: add a step instead, and its line to test/fixtures/stored/steps.json", () => {
    const hashes = steps.map((step) => createHash("sha256").update(step).digest("hex"));
    expect(hashes).toEqual(RELEASED[kind]);
  });

  it("its class takes storage with completed tables only, but for the alarm", () => {
    const source = readFileSync(join(import.meta.dirname, `../../src/objects/${kind}/${kind}.ts`), "utf8");
    const uses = source.split("\n").filter((line) => /ctx\.storage|storage.* = this\.ctx/.test(line));
    expect(uses.map((line) => line.trim())).toEqual([
      `readonly #storage = completed(this.ctx.storage, ${kind.toUpperCase()}_TABLES);`,
      expect.stringMatching(/^await runDue\(this\.ctx\.storage, /),
    ]);
  });

  it("its steps only add", () => {
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.flatMap(faultsOf)).toEqual([]);
  });
});

it("nothing changes what an object remembers of its token's making", () => {
  const folder = join(import.meta.dirname, "../../src/objects/mytoken");
  const sources = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  const updates = sources.flatMap((source) =>
    [...source.matchAll(/UPDATE token\b([^"`]*)/g)].map(([, set = ""]) => set),
  );
  const changed = new Set(updates.flatMap((set) => [...set.matchAll(/(\w+) = /g)].map(([, column]) => column)));
  expect(updates.length).toBeGreaterThanOrEqual(6);
  expect(changed).toContain("sealed_successor");
  expect(changed).toContain("directory_sent");
  expect(ORIGIN.filter((column) => changed.has(column))).toEqual([]);
});
