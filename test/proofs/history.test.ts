/** The token's own history (token-core §16, extended §2.7): one event for each use, with who did it; capped. */
import { describe, expect, it } from "vitest";
import { call, type Holder, holder, info, subtoken } from "../fixtures/holder.ts";
import { configure, exchangeOf, newToken, rowsOf } from "../fixtures/tokens.ts";
import { env } from "cloudflare:workers";

const ALL = ["AT", "tokeninfo", "create_mytoken", "manage_mytokens", "settings"];

async function lastEvent({ momId }: Holder): Promise<Record<string, SqlStorageValue> | undefined> {
  const rows = await rowsOf(env.MYTOKEN.getByName(momId), "SELECT * FROM event ORDER BY id DESC LIMIT 1");
  return rows[0];
}

describe("one event", () => {
  it.each<[string, string, (token: Holder, below: Holder, other: Holder) => Promise<{ status: number }>]>([
    ["tokeninfo_introspect", "", (token) => info(token, "introspect")],
    ["tokeninfo_history", "", (token) => info(token, "event_history")],
    ["tokeninfo_history_other_token", "", (token, below) => info(token, "event_history", { mom_ids: [below.momId] })],
    ["tokeninfo_subtokens", "", (token) => info(token, "subtokens")],
    ["tokeninfo_list_mytokens", "", (token) => info(token, "list_mytokens")],
    ["tokeninfo_notifications", "", (token) => info(token, "notifications")],
    [
      "tokeninfo_notifications_other_token",
      "",
      (token, below) => info(token, "notifications", { mom_ids: [below.momId] }),
    ],
    ["transfer_code_created", "token type: token", (token) => call(token, "POST", "/token/transfer", {})],
    ["settings_grants_listed", "", (token) => call(token, "GET", "/settings/grants")],
    ["email_settings_listed", "", (token) => call(token, "GET", "/settings/email")],
    ["tags_listed", "", (token) => call(token, "GET", "/settings/tags")],
    ["tag_added_to_token", "blue", (token) => call(token, "POST", "/token/my/tags", { tag: "blue" })],
    [
      "tag_added_to_other_token",
      "blue",
      (token, below) => call(token, "POST", "/token/my/tags", { tag: "blue", mom_id: below.momId }),
    ],
    [
      "tag_removed_from_other_token",
      "blue",
      (token, _, other) => call(token, "DELETE", "/token/my/tags", { tag: "blue", mom_id: other.momId }),
    ],
  ])("%s, with time, comment, address and user agent", async (event, comment, use) => {
    const token = await holder({ capabilities: ALL });
    const below = await subtoken(token);
    const other = await holder({ capabilities: ["AT"] }, token.user);
    const before = Math.floor(Date.now() / 1000);
    expect((await use(token, below, other)).status).toBeLessThan(300);
    const written = await lastEvent(token);
    expect(written).toMatchObject({ event, ip: token.from.address, user_agent: "holder/1" });
    if (comment !== "") expect(written?.["comment"]).toBe(comment);
    expect(Number(written?.["time"])).toBeGreaterThanOrEqual(before);
    expect(Number(written?.["time"])).toBeLessThanOrEqual(before + 2);
  });
});

it("is capped: the oldest go, in batches, and the newest stay", async () => {
  const token = await newToken("plain");
  await configure(token.object, { HISTORY_LIMIT: "100" });
  await rowsOf(
    token.object,
    `WITH RECURSIVE n (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 1498)
     INSERT INTO event (id, time, event) SELECT i, i, 'filler' FROM n`,
  );
  for (let use = 0; use < 2; use++) expect((await exchangeOf(token)).status).toBe(200);
  const [kept] = await rowsOf<{ n: number; oldest: number; newest: number }>(
    token.object,
    "SELECT count(*) AS n, min(id) AS oldest, max(id) AS newest FROM event",
  );
  expect(kept).toEqual({ n: 100, oldest: 1401, newest: 1500 });
});
