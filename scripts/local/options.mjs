/** The command line of `npm start`. Needs nothing but Node itself. */
import { parseArgs } from "node:util";

export const USAGE = `npm start                      the server and a provider to log in at, on this machine
npm start -- [options]

  --port <n>            port of the server (8787)
  --provider-port <n>   port of the embedded provider (8788)
  --verbose             show the server's log, one line per request
  --help                show this

State and secrets are kept in .local/<port>/; remove that folder to begin anew.`;

const OPTIONS = /** @type {const} */ ({
  port: { type: "string", default: "8787" },
  "provider-port": { type: "string", default: "8788" },
  verbose: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
});

/**
 * @param {readonly string[]} args
 * @returns {{ help: boolean, port: number, providerPort: number, verbose: boolean }}
 * @throws {Error} with a message for the terminal
 */
export function parseOptions(args) {
  const values = valuesOf(args);
  const port = portOf("--port", values.port);
  const providerPort = portOf("--provider-port", values["provider-port"]);
  if (port === providerPort) throw new Error("--port and --provider-port must differ");
  return { help: values.help, port, providerPort, verbose: values.verbose };
}

function valuesOf(args) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new Error(`${error.message}\n\n${USAGE}`, { cause: error });
  }
}

function portOf(name, text) {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) throw new Error(`${name} must be a port: 1 to 65535`);
  return port;
}
