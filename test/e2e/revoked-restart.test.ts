/** A revoked root with 500 descendants, and the process killed right after the answer: none works after the restart. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { logIn } from "../../scripts/local/browser.mjs";
import { freePort } from "../../scripts/local/ports.mjs";
import { localSecrets } from "../../scripts/local/secrets.mjs";
import { startProvider } from "../../scripts/local/server.mjs";
import { startWorker } from "../../scripts/local/worker.mjs";

const DEPTH = 20;
const LINES = 25;

const folder = mkdtempSync(join(tmpdir(), "mytoken-revoked-"));
const running = new Set<() => Promise<unknown>>();

afterAll(async () => {
  await Promise.all([...running].map((end) => end()));
  rmSync(folder, { recursive: true, force: true });
});

type Answer = { readonly status: number; readonly body: Record<string, unknown> };

async function post(address: string, body: unknown): Promise<Answer> {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>) };
}

it("no descendant works", { timeout: 300_000 }, async () => {
  const port = await freePort();
  const providerPort = await freePort();
  const secrets = localSecrets(folder);
  const provider = await startProvider({ folder, port, providerPort, secrets });
  running.add(provider.close);
  const settings = { folder, port, providerIssuer: `http://localhost:${providerPort}`, secrets };
  const first = await startWorker(settings);
  running.add(first.kill);
  const api = `${first.issuer}/api/v0`;

  const login = await post(`${api}/token/my`, {
    grant_type: "oidc_flow",
    oidc_issuer: provider.issuer,
    client_type: "native",
    capabilities: ["AT", "tokeninfo", "create_mytoken"],
  });
  await logIn(String(login.body["consent_uri"]), "carol");
  const collected = await post(`${api}/token/my`, {
    grant_type: "polling_code",
    polling_code: login.body["polling_code"],
  });
  const root = String(collected.body["mytoken"]);
  const lines = await Promise.all(
    Array.from({ length: LINES }, async () => {
      const line: string[] = [];
      while (line.length < DEPTH) {
        const made = await post(`${api}/token/my`, { grant_type: "mytoken", mytoken: line.at(-1) ?? root });
        expect(made.status).toBe(200);
        line.push(String(made.body["mytoken"]));
      }
      return line;
    }),
  );
  const family = [root, ...lines.flat()];
  expect(new Set(family).size).toBe(DEPTH * LINES + 1);
  const last = family.at(-1)!;
  expect((await post(`${api}/token/access`, { grant_type: "mytoken", mytoken: last })).status).toBe(200);
  const code = (await post(`${api}/token/transfer`, { mytoken: last })).body["transfer_code"];

  expect((await post(`${api}/token/revoke`, { token: root, recursive: true })).status).toBe(204);
  await first.kill();
  const second = await startWorker(settings);
  running.add(second.kill);

  const uses: readonly ((mytoken: string) => Promise<Answer>)[] = [
    (mytoken) => post(`${api}/token/access`, { grant_type: "mytoken", mytoken }),
    (mytoken) => post(`${api}/tokeninfo`, { action: "introspect", mytoken }),
    (mytoken) => post(`${api}/token/my`, { grant_type: "mytoken", mytoken }),
    (mytoken) => post(`${api}/token/transfer`, { mytoken }),
  ];
  for (const use of uses) {
    for (let start = 0; start < family.length; start += 10) {
      for (const answer of await Promise.all(family.slice(start, start + 10).map(use))) {
        expect(answer).toMatchObject({ status: 401, body: { error: "invalid_token" } });
      }
    }
  }
  const redeemed = await post(`${api}/token/my`, { grant_type: "transfer_code", transfer_code: code });
  expect(redeemed).toMatchObject({ status: 401, body: { error: "invalid_token" } });
});
