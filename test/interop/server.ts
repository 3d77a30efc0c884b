/** The server that the clients here talk to: the project's own, on free ports, with state that is thrown away. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../scripts/local/ports.mjs";
import { startServer } from "../../scripts/local/server.mjs";

let folder: string | null = null;
let running: Awaited<ReturnType<typeof startServer>> | null = null;

/** For `beforeAll`. */
export async function startServers(): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), "mytoken-interop-"));
  running = await startServer({ folder: join(folder, "server"), port: await freePort(), providerPort: 0 });
}

/** For `afterAll`. */
export async function stopServers(): Promise<void> {
  await running?.stop();
  if (folder !== null) rmSync(folder, { recursive: true, force: true });
}

/** A folder for somebody's files. */
export function newHome(name: string): string {
  if (folder === null) throw new Error("the server does not run");
  return mkdtempSync(join(folder, `${name}-`));
}

export function issuer(): string {
  return addresses().issuer;
}

export function providerIssuer(): string {
  return addresses().providerIssuer;
}

function addresses() {
  if (running === null) throw new Error("the server does not run");
  return running;
}
