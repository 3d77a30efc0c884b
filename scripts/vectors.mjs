// Runs the vector files of a folder with the rules of test/vectors: one line per case that differs, and a count.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { runFile } from "../test/vectors/run-file.ts";

const [given] = process.argv.slice(2);
if (!given) fail("usage: npm run test:vectors -- DIR");
const folder = folderOf(given);
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));

let cases = 0;
let differing = 0;
for (const name of files.toSorted()) {
  for (const test of testsOf(name)) {
    cases++;
    try {
      await test.run();
    } catch (error) {
      differing++;
      console.log(`${name} ${test.suite}: ${test.name}: ${oneLine(error)}`);
    }
  }
}
if (cases === 0) fail(`no vectors in ${folder}`);
console.log(`${cases} cases, ${differing} ${differing === 1 ? "differs" : "differ"}`);
process.exitCode = differing === 0 ? 0 : 1;

function testsOf(name) {
  try {
    return runFile(name, JSON.parse(readFileSync(join(folder, name), "utf8")));
  } catch (error) {
    return [{ suite: "the file", name: "not run", run: () => Promise.reject(error) }];
  }
}

/** npm runs scripts in the project's folder; a relative DIR is meant from where npm was called. */
/** @returns {string} */
function folderOf(path) {
  const places = [process.env["INIT_CWD"] ?? ".", "."].map((from) => resolve(from, path));
  const found = places.find((place) => statSync(place, { throwIfNoEntry: false })?.isDirectory());
  return found ?? fail(`no folder: ${path}`);
}

function oneLine(error) {
  return String(error instanceof Error ? error.message : error).replaceAll(/\s+/g, " ");
}

/** @returns {never} */
function fail(message) {
  console.error(message);
  process.exit(2);
}
