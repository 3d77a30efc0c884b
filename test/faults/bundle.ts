/** What would be deployed: wrangler's dry run, of the sources or of a copy with a planted fault. */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inTree, ROOT } from "../../scripts/local/place.mjs";
import { bundleInto } from "../fixtures/built-worker.mjs";
import { type Patch, patched, type Plant, PLANTS } from "./plants.ts";

const COPIED = ["src", "wrangler.toml", "package.json", "tsconfig.json", "schema.sql", "migrations"];

/** Bundles into `folder` and returns where the modules are. */
export async function bundle(folder: string, plant: Plant | null): Promise<string> {
  const modules = join(folder, "modules");
  const tree = plant === null ? ROOT : plantedTree(join(folder, "tree"), PLANTS[plant]);
  await bundleInto(modules, { tree });
  return modules;
}

function plantedTree(tree: string, patches: readonly Patch[]): string {
  mkdirSync(tree, { recursive: true });
  for (const name of COPIED) cpSync(inTree(name), join(tree, name), { recursive: true });
  symlinkSync(inTree("node_modules"), join(tree, "node_modules"));
  for (const patch of patches) {
    const path = join(tree, patch.file);
    writeFileSync(path, patched(readFileSync(path, "utf8"), patch));
  }
  return tree;
}
