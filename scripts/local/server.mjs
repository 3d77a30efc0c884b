/** Both programs on this machine: the embedded provider in this process, the Worker in one of its own. */
import { join } from "node:path";
import { startEmbeddedProvider } from "../embedded-provider.mjs";
import { localSecrets } from "./secrets.mjs";
import { startWorker } from "./worker.mjs";

/**
 * @param {object} options
 * @param {string} options.folder for secrets and state
 * @param {number} options.port of the Worker
 * @param {number} options.providerPort 0 takes a free one
 * @param {boolean} [options.verbose]
 */
export async function startServer({ folder, port, providerPort, verbose = false }) {
  const secrets = localSecrets(folder);
  const provider = await startProvider({ folder, port, providerPort, secrets });
  try {
    const worker = await startWorker({ folder, port, providerIssuer: provider.issuer, secrets, verbose });
    return {
      issuer: worker.issuer,
      providerIssuer: provider.issuer,
      /** How the Worker ended. */
      ended: worker.ended,
      stop: async () => {
        await Promise.all([worker.stop(), provider.close()]);
      },
    };
  } catch (error) {
    await provider.close();
    throw error;
  }
}

/** The embedded provider as the Worker of `port` needs it. */
export function startProvider({ folder, port, providerPort, secrets }) {
  return startEmbeddedProvider({
    port: providerPort,
    redirectUris: [`http://localhost:${port}/redirect`],
    clientSecret: secrets.clientSecret,
    folder: join(folder, "provider"),
    report: (event, message) => console.error(`provider: ${event}: ${message}`),
  });
}
