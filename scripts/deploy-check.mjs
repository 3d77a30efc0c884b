/** `npm run deploy:check`: bundles the Worker as a deployment would, and refuses one that has grown too large. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { judgeBundle } from "./local/bundle.mjs";
import { inTree, ROOT } from "./local/place.mjs";

const folder = mkdtempSync(join(tmpdir(), "mytoken-bundle-"));
try {
  process.exitCode = check();
} finally {
  rmSync(folder, { recursive: true });
}

function check() {
  const wrangler = inTree("node_modules/wrangler/bin/wrangler.js");
  const args = [wrangler, "deploy", "--dry-run", "--outdir", folder];
  const env = {
    ...process.env,
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_WRITE_LOGS: "false",
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, env, encoding: "utf8" });
  if (status !== 0) {
    console.error(`${stdout}${stderr}`);
    return 1;
  }
  const verdict = judgeBundle(uploaded());
  console.log(verdict.text);
  return verdict.fits ? 0 : 1;
}

/** Every module that would be uploaded. */
function uploaded() {
  const names = readdirSync(folder).filter((name) => !name.endsWith(".map") && name !== "README.md");
  return names.map((name) => {
    const content = readFileSync(join(folder, name));
    return { name, bytes: content.length, gzipped: gzipSync(content).length };
  });
}
