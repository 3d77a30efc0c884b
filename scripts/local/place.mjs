/** Where things are in this work tree. */
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A path below the root. */
export function inTree(path) {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
