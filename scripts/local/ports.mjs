/** Ports of this machine, on both of its loopback addresses: a browser tries either for `localhost`. */
import { createServer } from "node:net";

const LOOPBACK = ["127.0.0.1", "::1"];

/** Throws, naming the port, if somebody listens there or it may not be used. */
export async function assertFree(port, option) {
  for (const host of LOOPBACK) {
    const fault = await listenFault(port, host);
    if (fault === "EADDRINUSE") throw new Error(`port ${port} is taken (on ${host}): choose another with ${option}`);
    if (fault === "EACCES") throw new Error(`port ${port} may not be used by you: choose another with ${option}`);
  }
}

/** A port where nobody listens now. */
export async function freePort() {
  const server = createServer();
  await listening(server, 0, "127.0.0.1");
  const { port } = server.address();
  await closed(server);
  return (await listenFault(port, "::1")) === "EADDRINUSE" ? freePort() : port;
}

/** The error code of listening there for a moment, or `null`. A machine without IPv6 has codes of its own. */
async function listenFault(port, host) {
  const server = createServer();
  try {
    await listening(server, port, host);
  } catch (error) {
    return error.code;
  }
  await closed(server);
  return null;
}

function listening(server, port, host) {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host, exclusive: true }, () => resolve(undefined));
  });
}

function closed(server) {
  return new Promise((resolve) => {
    server.close(() => resolve(undefined));
  });
}
