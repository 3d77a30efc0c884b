/** What `npm start` does once everything is installed: both servers until Ctrl-C, or until one of them dies. */
import { exampleFor } from "./example.mjs";
import { inTree } from "./place.mjs";
import { assertFree } from "./ports.mjs";
import { startServer } from "./server.mjs";

const INTERRUPTED = Symbol("interrupted");

/** @param {ReturnType<typeof import("./options.mjs").parseOptions>} options */
export async function serve({ port, providerPort, verbose }) {
  await assertFree(port, "--port");
  await assertFree(providerPort, "--provider-port");
  const interrupted = interruption();
  console.log("Starting …");
  const starting = startServer({ folder: inTree(`.local/${port}`), port, providerPort, verbose });
  const server = await Promise.race([starting, interrupted]);
  // Nothing answers yet: what has been started ends with this process.
  if (server === INTERRUPTED) return;
  console.log(greeting(server));
  const how = await Promise.race([server.ended, interrupted]);
  await server.stop();
  if (how !== INTERRUPTED) throw new Error(`the server ended by itself (${how})`);
  console.log("Stopped.");
}

function interruption() {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => resolve(INTERRUPTED));
  });
}

function greeting({ issuer, providerIssuer }) {
  const steps = exampleFor(issuer, providerIssuer).map(({ what, commands }) => `# ${what}\n${commands}\n`);
  return `
  The server    ${issuer}
  The provider  ${providerIssuer}   (any name, any password)

To try it, paste into another terminal:

${steps.join("\n")}
Ctrl-C ends both.`;
}
