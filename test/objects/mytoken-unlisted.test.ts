/**
 * A token whose row reached the directory although the answer was lost, revoked before it was sent again (found by
 * test/faults, seed 1007): its own alarm takes it for one that nobody was given.
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { Grant } from "../../src/objects/grant/grant.ts";
import type { RevokeRequest } from "../../src/objects/grant/revoke.ts";
import { post } from "../fixtures/client.ts";
import { exchangeOf, newToken, rowsOf, runAlarms, tablesOf, type TestToken } from "../fixtures/tokens.ts";

/** As after `create`, when the directory has taken the row and the object was not told. */
function loseAnswer({ object }: TestToken): Promise<void> {
  return inside(object, (sql) => {
    sql.exec("UPDATE token SET directory_sent = 0");
    sql.exec("INSERT INTO due (kind, at) VALUES ('directory', 0) ON CONFLICT (kind) DO UPDATE SET at = 0");
  });
}

function inside(object: DurableObjectStub, change: (sql: SqlStorage) => void): Promise<void> {
  return runInDurableObject(object as DurableObjectStub<Grant>, async (_, { storage }) => {
    change(storage.sql);
    await storage.setAlarm(Date.now() + 60_000);
  });
}

/** In the register alone: the alarm that tells the token comes later. */
async function revokeUntold({ grant }: TestToken): Promise<void> {
  await rowsOf(grant, "UPDATE member SET state = 'revoked' RETURNING mom_id");
}

async function listed({ momId }: TestToken): Promise<unknown[]> {
  const { results } = await env.DIRECTORY.prepare("SELECT state FROM tokens WHERE mom_id = ?").bind(momId).all();
  return results;
}

it("revoked in the register and not told yet: neither the object nor the directory keeps it", async () => {
  const token = await newToken("plain");
  await loseAnswer(token);
  expect(await listed(token)).toEqual([{ state: "live" }]);
  await revokeUntold(token);
  await runAlarms(token.object);
  expect(await tablesOf(token.object)).toEqual([]);
  expect(await listed(token)).toEqual([]);
});

it("emptied in the life in which it was used: its text is unknown, and makes nothing", async () => {
  const token = await newToken("plain");
  expect((await exchangeOf(token)).status).toBe(200);
  await loseAnswer(token);
  await revokeUntold(token);
  await runAlarms(token.object);
  expect((await exchangeOf(token)).status).toBe(401);
  expect(await tablesOf(token.object)).toEqual([]);
});

it("with the directory away, its secrets go all the same, and the row later", async () => {
  const token = await newToken("plain");
  await loseAnswer(token);
  await revokeUntold(token);
  await runInDurableObject(token.object, (instance) => {
    const open = instance as unknown as { env: object };
    open.env = { ...open.env, DIRECTORY: null };
  });
  await runAlarms(token.object);
  const [row] = await rowsOf(token.object, "SELECT state, wrapped_key FROM token");
  expect(row).toEqual({ state: "ended", wrapped_key: null });
  await runInDurableObject(token.object, (instance) => {
    const open = instance as unknown as { env: object };
    open.env = { ...open.env, DIRECTORY: env.DIRECTORY };
  });
  await inside(token.object, (sql) => {
    sql.exec("UPDATE due SET at = 0 WHERE kind = 'directory'");
  });
  await runAlarms(token.object);
  expect(await listed(token)).toEqual([{ state: "ended" }]);
});

it("emptied while its revocation waits for the login's object: the revocation is answered", async () => {
  const token = await newToken("plain");
  await loseAnswer(token);
  // The register is told first; the answer to the token's object comes after its alarm.
  await runInDurableObject(token.object, (instance) => {
    const open = instance as unknown as { env: { GRANT: DurableObjectNamespace<Grant> } };
    const { GRANT } = open.env;
    const getByName = (name: string) => {
      const grant = GRANT.getByName(name);
      const revoke = async (request: RevokeRequest) => {
        const fate = await grant.revoke(request);
        await (instance as unknown as { alarm: () => Promise<void> }).alarm();
        return fate;
      };
      return { revoke, isAlive: (momId: string) => grant.isAlive(momId) };
    };
    open.env = { ...open.env, GRANT: { getByName } as unknown as typeof GRANT };
  });
  const { status } = await post("/api/v0/token/revoke", { token: token.text, recursive: true }, token.from);
  expect(status).toBe(204);
  expect(await listed(token)).toEqual([]);
});
