/** `npm start`. Begins under whatever Node there is, and goes on under a new enough one once that is installed. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { goodNode, installIfMissing } from "./local/install.mjs";
import { parseOptions, USAGE } from "./local/options.mjs";

/** @returns {Promise<number>} the exit status */
async function main(args) {
  const options = parseOptions(args);
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  installIfMissing();
  const node = goodNode();
  if (node !== process.execPath) return runUnder(node, args);
  const { serve } = await import("./local/serve.mjs");
  await serve(options);
  return 0;
}

/** This script once more, under another Node; what is told to this process is told to that one. */
function runUnder(node, args) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...args], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

main(process.argv.slice(2)).then(
  (status) => process.exit(status),
  (error) => {
    console.error(error.message);
    process.exit(1);
  },
);
