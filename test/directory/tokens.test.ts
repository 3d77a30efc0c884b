import { env } from "cloudflare:workers";
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { storeTokenTag } from "../../src/directory/token-tags.ts";
import { forgetToken, markEnded, recordToken, type TokenRecord } from "../../src/directory/tokens.ts";
import worker from "../../src/index.ts";

const DAY = 86_400;
const NOW = Math.floor(Date.now() / 1000);

function record(momId: string, changes: Partial<TokenRecord> = {}): TokenRecord {
  return {
    mom_id: momId,
    parent: null,
    grant_id: "grant",
    owner: "owner",
    oidc_sub: "sub",
    oidc_iss: "https://op.example",
    email: null,
    email_verified: null,
    name: null,
    created: NOW,
    created_from: null,
    expires: null,
    state: "live",
    ended: null,
    tags: [],
    version: 1,
    ...changes,
  };
}

async function rows(): Promise<Record<string, unknown>> {
  const { results } = await env.DIRECTORY.prepare("SELECT mom_id, state FROM tokens").all<Record<string, string>>();
  return Object.fromEntries(results.map((row) => [row["mom_id"], row["state"]]));
}

describe("the directory of tokens", () => {
  it("takes a newer version only: nothing dead comes back", async () => {
    await recordToken(env.DIRECTORY, record("a", { state: "ended", ended: NOW, version: 2 }));
    await recordToken(env.DIRECTORY, record("a"));
    expect(await rows()).toMatchObject({ a: "ended" });
  });

  it("keeps a mail address that is known, and takes one where there was none", async () => {
    const email = () => env.DIRECTORY.prepare("SELECT email FROM users").first<string>("email");
    await recordToken(env.DIRECTORY, record("b"));
    expect(await email()).toBeNull();
    await recordToken(env.DIRECTORY, record("b", { email: "one@example.org", email_verified: 1 }));
    await recordToken(env.DIRECTORY, record("b", { email: "two@example.org", email_verified: 1 }));
    expect(await email()).toBe("one@example.org");
  });

  it("marks a subtree ended in one statement", async () => {
    await recordToken(env.DIRECTORY, record("root"));
    await recordToken(env.DIRECTORY, record("child", { parent: "root" }));
    await recordToken(env.DIRECTORY, record("leaf", { parent: "child" }));
    await recordToken(env.DIRECTORY, record("other"));
    await markEnded(env.DIRECTORY, "child", false, NOW);
    expect(await rows()).toMatchObject({ root: "live", child: "ended", leaf: "live", other: "live" });
    await markEnded(env.DIRECTORY, "root", true, NOW);
    expect(await rows()).toMatchObject({ root: "ended", leaf: "ended", other: "live" });
  });

  it("forgets rows past their retention time once a day", async () => {
    await recordToken(env.DIRECTORY, record("ended long ago", { state: "ended", ended: NOW - 31 * DAY, version: 2 }));
    await recordToken(env.DIRECTORY, record("expired long ago", { expires: NOW - 31 * DAY }));
    await recordToken(env.DIRECTORY, record("ended lately", { state: "ended", ended: NOW - 29 * DAY, version: 2 }));
    await recordToken(env.DIRECTORY, record("expired lately", { expires: NOW - 29 * DAY }));
    const context = createExecutionContext();
    await worker.scheduled(createScheduledController(), env);
    await waitOnExecutionContext(context);
    const left = Object.keys(await rows());
    expect(left).toEqual(expect.arrayContaining(["ended lately", "expired lately"]));
    expect(left).not.toEqual(expect.arrayContaining(["ended long ago"]));
    expect(left).not.toEqual(expect.arrayContaining(["expired long ago"]));
  });

  it("forgets the tags of a token, with a row and without one", async () => {
    const tagged = async () => {
      const { results } = await env.DIRECTORY.prepare("SELECT mom_id FROM token_tags ORDER BY mom_id").all();
      return results.map(({ mom_id: momId }) => momId);
    };
    await recordToken(env.DIRECTORY, record("listed"));
    for (const momId of ["kept", "listed", "unlisted"]) {
      await storeTokenTag(env.DIRECTORY, { owner: "owner", momId, tag: "tag" }, false);
    }
    await forgetToken(env.DIRECTORY, "listed");
    await forgetToken(env.DIRECTORY, "unlisted");
    expect(await tagged()).toEqual(["kept"]);
  });

  it("finds them through indexes", async () => {
    const { results } = await env.DIRECTORY.prepare(
      "EXPLAIN QUERY PLAN SELECT mom_id FROM tokens WHERE ended <= 1 UNION ALL SELECT mom_id FROM tokens WHERE expires <= 1",
    ).all<{ detail: string }>();
    const plan = results.map(({ detail }) => detail).join("; ");
    expect(plan).toContain("tokens_by_end");
    expect(plan).toContain("tokens_by_expiry");
    expect(plan).not.toMatch(/SCAN tokens(?! USING)/);
  });
});
