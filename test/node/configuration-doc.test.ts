/** docs/CONFIGURATION.md and the table in src/config.ts say the same; so do package.json and the version. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { SETTINGS, VERSION } from "../../src/config.ts";

const ROOT = join(import.meta.dirname, "../..");

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** The rows `| NAME | default | meaning |` of the document. */
function documented(): { name: string; fallback: string | null; meaning: string }[] {
  const rows = read("docs/CONFIGURATION.md").matchAll(/^\| `([A-Z_]+)` \| ([^|]+) \| ([^|]+) \|$/gm);
  return [...rows].map(([, name = "", cell = "", meaning = ""]) => {
    const fallback = cell.trim() === "required" ? null : cell.trim().replaceAll("`", "");
    return { name, fallback, meaning };
  });
}

it("documents every setting with its default, and no other", () => {
  const known = Object.values(SETTINGS).map(({ name, fallback }) => ({ name, fallback }));
  const rows = documented().map(({ name, fallback }) => ({ name, fallback }));
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  expect(rows.sort(byName)).toEqual(known.sort(byName));
});

it("says what each is for", () => {
  for (const { name, meaning } of documented()) expect(meaning.trim().length, name).toBeGreaterThan(20);
});

it("gives the version of package.json", () => {
  expect(VERSION).toBe((JSON.parse(read("package.json")) as { version: string }).version);
});
