/** Every rule by which the vector runners answer otherwise has its line in docs/DIVERGENCES.md. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const VECTORS = "test/vectors";
const rules = readdirSync(VECTORS)
  .filter((name) => name.startsWith("rules-"))
  .flatMap((name) => [...readFileSync(join(VECTORS, name), "utf8").matchAll(/\bid: "([a-z0-9-]+)",/g)])
  .map(([, id]) => id ?? "");
const lines = new Set(
  [...readFileSync("docs/DIVERGENCES.md", "utf8").matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map((m) => m[1]),
);

it("finds the rules", () => {
  expect(rules.length).toBeGreaterThan(20);
});

it.each([...new Set(rules)].toSorted())("%s", (id) => {
  expect(lines).toContain(id);
});
