/** `npm run test:vectors -- DIR`, as it is called. */
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const VECTORS = join(ROOT, "test/vectors");

interface Ran {
  readonly code: number;
  readonly lines: readonly string[];
  readonly errors: string;
}

function run(folder: string[], from = ROOT): Promise<Ran> {
  return new Promise((resolve) => {
    const call = ["run", "--silent", "test:vectors", "--", ...folder];
    const child = execFile("npm", call, { cwd: from }, (_error, out, errors) => {
      resolve({ code: child.exitCode ?? -1, lines: out.trimEnd().split("\n"), errors });
    });
  });
}

/** Shared by the cases below, each in a folder of its own. */
let place: string;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), "vectors-"));
});
afterAll(() => rmSync(place, { recursive: true }));

function folder(files: Readonly<Record<string, string>>): string {
  const made = mkdtempSync(join(place, "folder-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(made, name), text);
  return made;
}

function textOf(name: string): string {
  return readFileSync(join(VECTORS, name), "utf8");
}

describe("npm run test:vectors", () => {
  it("finds no difference in our own files, by a path from where it is called", async () => {
    const fromRoot = await run(["test/vectors"]);
    expect(fromRoot).toEqual({ code: 0, lines: [expect.stringMatching(/^\d{3} cases, 0 differ$/)], errors: "" });
    expect(await run(["vectors"], join(ROOT, "test"))).toEqual(fromRoot);
  });
  it("names the case that differs", async () => {
    const copy = folder({});
    cpSync(VECTORS, copy, { recursive: true, filter: (path) => !path.endsWith(".ts") });
    const changed = JSON.parse(textOf("vectors-rotation.json")) as { expiresIn: { name: string; expected: unknown }[] };
    const [first] = changed.expiresIn;
    if (!first) throw new Error("no case to change");
    first.expected = 4711;
    writeFileSync(join(copy, "vectors-rotation.json"), JSON.stringify(changed));
    const { code, lines } = await run([copy]);
    expect(code).toBe(1);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^vectors-rotation\.json expiresIn: .* instead of 4711$/);
    expect(lines[1]).toMatch(/^\d{3} cases, 1 differs$/);
  });
  it("runs one file, and part of one", async () => {
    expect(await run([folder({ "vectors-time.json": textOf("vectors-time.json") })])).toMatchObject({
      code: 0,
      lines: ["115 cases, 0 differ"],
    });
    const { geo } = JSON.parse(textOf("vectors-restrictions.json")) as { geo: unknown };
    expect(await run([folder({ "vectors-restrictions.json": JSON.stringify({ geo }) })])).toMatchObject({
      code: 0,
      lines: ["8 cases, 0 differ"],
    });
  });
  it("fails for what nothing runs", async () => {
    const { code, lines } = await run([
      folder({
        "vectors-novelty.json": "{}",
        "vectors-time.json": '{ "novelty": [{ "expected": 1 }], "timeStringNote": "a note" }',
        "vectors-util.json": "no JSON",
      }),
    ]);
    expect(code).toBe(1);
    expect(lines).toEqual([
      "vectors-novelty.json the file: not run: file not run: vectors-novelty.json",
      "vectors-time.json novelty: not run: suite not run: novelty",
      expect.stringMatching(/^vectors-util\.json the file: not run: .*JSON/),
      "3 cases, 3 differ",
    ]);
  });
  it("does not pass for having run nothing", async () => {
    expect(await run([folder({})])).toMatchObject({ code: 2, errors: expect.stringContaining("no vectors in") });
    expect(await run(["no/such/folder"])).toMatchObject({ code: 2, errors: "no folder: no/such/folder\n" });
    expect(await run([])).toMatchObject({ code: 2, errors: expect.stringContaining("usage") });
  });
});
