/** Which Node is good enough. No dependency is imported here: this runs before there are any. */

export const OLDEST_NODE = "22.12";

/** Whether wrangler and vitest run under this Node. */
export function isNodeNewEnough(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE.split(".").map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}
