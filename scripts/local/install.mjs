/** Makes sure that the dependencies are there, and with them a new enough Node. Needs nothing but Node itself. */
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { isNodeNewEnough, OLDEST_NODE } from "./node-version.mjs";
import { inTree, ROOT } from "./place.mjs";

/** Runs `npm ci` if nothing is installed, or something older than the lock. */
export function installIfMissing() {
  if (isInstalled()) return;
  console.log("Installing what is missing (npm ci) …");
  const npm = process.env.npm_execpath;
  const [command, ...leading] = npm === undefined ? ["npm"] : [process.execPath, npm];
  const { status } = spawnSync(command, [...leading, "ci"], { cwd: ROOT, stdio: "inherit" });
  if (status !== 0) throw new Error("npm ci failed: see above");
}

function isInstalled() {
  const installed = inTree("node_modules/.package-lock.json");
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(inTree("package-lock.json")).mtimeMs;
}

/** The Node to go on with: this one if it will do, else the one that came with the dependencies. */
export function goodNode() {
  if (isNodeNewEnough()) return process.execPath;
  const bundled = inTree("node_modules/.bin/node");
  if (existsSync(bundled)) return bundled;
  throw new Error(`Node ${process.versions.node} is too old: ${OLDEST_NODE} or newer is needed`);
}
