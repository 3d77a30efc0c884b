/** Nothing that was answered is lost by a power cut, nor by ending everything and starting it again. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { logIn } from "../../scripts/local/browser.mjs";
import { freePort } from "../../scripts/local/ports.mjs";
import { localSecrets } from "../../scripts/local/secrets.mjs";
import { startProvider } from "../../scripts/local/server.mjs";
import { startWorker } from "../../scripts/local/worker.mjs";

const folder = mkdtempSync(join(tmpdir(), "mytoken-e2e-"));
const running = new Set<() => Promise<unknown>>();

afterAll(async () => {
  await Promise.all([...running].map((end) => end()));
  rmSync(folder, { recursive: true, force: true });
});

async function postJson(address: string, body: unknown): Promise<Record<string, unknown>> {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
  const answer = (await response.json()) as Record<string, unknown>;
  if (!response.ok) throw new Error(JSON.stringify(answer));
  return answer;
}

it("the mytoken works on", { timeout: 180_000 }, async () => {
  const port = await freePort();
  const providerPort = await freePort();
  const secrets = localSecrets(folder);
  const provider = async () => {
    const started = await startProvider({ folder, port, providerPort, secrets });
    running.add(started.close);
    return started;
  };
  const worker = async () => {
    const started = await startWorker({ folder, port, providerIssuer: `http://localhost:${providerPort}`, secrets });
    running.add(started.kill);
    return started;
  };
  const firstProvider = await provider();
  const firstWorker = await worker();
  const endpoint = `${firstWorker.issuer}/api/v0/token`;
  const login = await postJson(`${endpoint}/my`, {
    grant_type: "oidc_flow",
    oidc_issuer: firstProvider.issuer,
    client_type: "native",
  });
  await logIn(String(login["consent_uri"]), "carol");
  const { mytoken } = await postJson(`${endpoint}/my`, {
    grant_type: "polling_code",
    polling_code: login["polling_code"],
  });
  const exchange = () => postJson(`${endpoint}/access`, { grant_type: "mytoken", mytoken });
  await expect(exchange()).resolves.toMatchObject({ token_type: "Bearer" });

  await firstWorker.kill();
  await expect(exchange()).rejects.toThrow("fetch failed");
  const secondWorker = await worker();
  await expect(exchange()).resolves.toMatchObject({ token_type: "Bearer" });

  await secondWorker.stop();
  await firstProvider.close();
  const { issuer } = await provider();
  await worker();
  const { access_token: accessToken } = await exchange();
  const me = await fetch(`${issuer}/me`, { headers: { Authorization: `Bearer ${String(accessToken)}` } });
  expect(await me.json()).toMatchObject({ sub: "carol" });
});
