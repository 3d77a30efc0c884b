import { isNodeNewEnough, OLDEST_NODE } from "./local/node-version.mjs";

if (!isNodeNewEnough()) {
  console.error(
    `Node ${process.versions.node} is too old: ${OLDEST_NODE} or newer is needed. On Linux x64, 'npm ci' installs one; run through npm scripts.`,
  );
  process.exit(1);
}
