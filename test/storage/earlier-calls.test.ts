/**
 * Calls of objects as Workers of the previous version send them: in the minutes of a deploy they meet objects of this one
 * (DESIGN §7). Then the edge told no hash and no `seq_no` of a presented mytoken, so the object has to find them.
 */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Mytoken } from "../../src/index.ts";
import type { CreateRequest } from "../../src/objects/mytoken/create.ts";
import { countedToken, eventsOf, newToken, type TestToken, usesOf } from "../fixtures/tokens.ts";
import { areAlive, forged } from "../proofs/family.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** A use as the previous version asked for it. */
function earlier({ text, from }: TestToken) {
  const caller = { address: from.address ?? null, country: "DE", userAgent: "" };
  return { presented: { form: "token" as const, text }, caller };
}

function exchange(token: TestToken) {
  return token.object.exchange({ ...earlier(token), scopes: [], audiences: [] });
}

describe("a mytoken presented without its hash and seq_no", () => {
  it("is exchanged, and its use is counted", async () => {
    const token = await countedToken("plain");
    expect(await exchange(token)).toMatchObject({ ok: true, value: { tokenUpdate: null } });
    expect([await usesOf(token), (await eventsOf(token)).at(-1)]).toEqual([1, "AT_created"]);
  });

  it("is introspected", async () => {
    const token = await newToken("plain", { name: "of before" });
    expect(await token.object.introspect(earlier(token))).toMatchObject({
      ok: true,
      value: { momId: token.momId, claims: { name: "of before", seq_no: 1 } },
    });
  });

  it("revokes itself, and is refused from then on", async () => {
    const token = await newToken("plain");
    expect(await token.object.revoke(earlier(token), false)).toMatchObject({ ok: true, value: "revoked_at_provider" });
    expect(await areAlive([token])).toEqual([false]);
    expect(await exchange(token)).toMatchObject({ ok: false, refusal: { reason: "token_ended", how: "revoked" } });
  });

  it("rotates, finds its successor in the grace, and is outdated once that was presented", async () => {
    const token = await newToken("plain", { rotation: { on_AT: true } });
    const answers = [await exchange(token), await exchange(token)];
    const [text, again] = answers.map((one) => (one.ok ? one.value.tokenUpdate?.text : one.refusal.reason));
    expect(again).toBe(text);
    expect(await exchange({ ...token, text: text ?? "" })).toMatchObject({ ok: true });
    expect(await exchange(token)).toMatchObject({ ok: false, refusal: { reason: "token_reused" } });
  });

  it("is refused if its text is another one, although signed by us", async () => {
    const token = await countedToken("plain");
    const other = { ...token, text: await forged(token, { name: "another" }) };
    expect(await exchange(other)).toMatchObject({ ok: false, refusal: { reason: "token_not_issued" } });
    expect(await usesOf(token)).toBe(0);
  });
});

it("a mytoken that is made without tags and mail address is made", async () => {
  const { create } = Mytoken.prototype as { create: (this: Mytoken, request: CreateRequest) => Promise<void> };
  const creations = vi.spyOn(Mytoken.prototype, "create").mockImplementation(function (this: Mytoken, request) {
    const { tags: _tags, email: _email, ...rest } = request;
    return create.call(this, rest);
  });
  const token = await newToken("plain");
  expect(creations).toHaveBeenCalledOnce();
  const found = await env.MYTOKEN.getByName(token.momId).introspect(earlier(token));
  expect(found).toMatchObject({ ok: true, value: { momId: token.momId, tags: [] } });
});
