/** Invariant 8, second half: an answer of the provider that is wider than the clause is withheld, or reported. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { fakeLog } from "../fixtures/fake-control.ts";
import {
  eventsOf,
  exchangeOf,
  familyOf,
  loginOf,
  newToken,
  scriptFor,
  type TestToken,
  usesOf,
} from "../fixtures/tokens.ts";
import { RESTRICTED, rowOf } from "./family.ts";

const SERVICE = "https://service.example";
const OTHER = "https://other.example";

afterEach(() => {
  vi.restoreAllMocks();
});

/** That nothing left the server, and nothing was counted. */
async function expectWithheld(token: TestToken, what: string): Promise<void> {
  const { status, body } = await exchangeOf(token);
  expect([status, body["error"]]).toEqual([555, "oidc_error"]);
  expect(body).not.toHaveProperty("access_token");
  expect(String(body["error_description"])).toContain(what);
  expect(await usesOf(token)).toBe(0);
  expect(await eventsOf(token)).not.toContain("AT_created");
}

/** What the last refresh of a user asked for. */
async function lastRefresh(token: TestToken): Promise<Readonly<Record<string, readonly string[]>>> {
  const { requests } = await fakeLog(token.trait, token.user);
  return requests.findLast(({ form }) => form["grant_type"]?.[0] === "refresh_token")?.form ?? {};
}

describe("another audience than the clause's", () => {
  it("is withheld, naming what was demanded and what came; the use is given back", async () => {
    const token = await newToken("jwt-other", { restrictions: [{ audience: [SERVICE], usages_AT: 1 }] });
    for (const round of [1, 2, 3]) {
      await expectWithheld(token, "audience");
      const { body } = await exchangeOf(token);
      expect([round, body["error_description"]]).toEqual([round, expect.stringContaining(SERVICE)]);
      expect(body["error_description"]).toContain(OTHER);
    }
  });

  it.each<[string, readonly string[]]>([
    ["beside the right one", [SERVICE, OTHER]],
    ["beside the right one and one that is configured", [SERVICE, "https://account.example", OTHER]],
    ["as part of the right one", [`${SERVICE}/`]],
  ])("is withheld if it comes %s", async (_name, aud) => {
    const token = await newToken("jwt-extra", { restrictions: [{ audience: [SERVICE], usages_AT: 1 }] });
    const payload = btoa(JSON.stringify({ aud })).replaceAll("=", "");
    await scriptFor(token, [{ change: { access_token: `e30.${payload}.e30` } }]);
    await expectWithheld(token, "audience");
  });

  it("is none if it is configured to come with every token", async () => {
    const token = await newToken("jwt-extra", { restrictions: [{ audience: [SERVICE], usages_AT: 1 }] });
    const good = await exchangeOf(token);
    expect(good).toMatchObject({ status: 200, body: { audience: [SERVICE, "https://account.example"] } });
    expect(await exchangeOf(token)).toMatchObject(RESTRICTED);
  });

  it("does not rotate the mytoken, and the provider's new refresh token is kept all the same", async () => {
    const token = await newToken("jwt-other", {
      restrictions: [{ audience: [SERVICE], usages_AT: 5 }],
      rotation: { on_AT: true, auto_revoke: true },
    });
    await scriptFor(token, [{ rotate: true }]);
    await expectWithheld(token, "audience");
    expect(await rowOf(token)).toMatchObject({ seq_no: 1, state: "live" });
    expect(await loginOf(token)).toMatchObject({ refresh_token_version: 2, closed: null });
    await expectWithheld(token, "audience");
    expect((await familyOf(token)).revoked).toBeNull();
  });

  it("is handed out where the provider is configured audience_check = report", async () => {
    const token = await newToken("jwt-reported", { restrictions: [{ audience: [SERVICE], usages_AT: 1 }] });
    expect(await exchangeOf(token)).toMatchObject({ status: 200, body: { audience: [OTHER] } });
    expect(await usesOf(token)).toBe(1);
  });

  it("is nothing to withhold where the clause names no audience, or there is no clause", async () => {
    for (const restrictions of [[{ usages_AT: 1 }], []]) {
      const token = await newToken("jwt-other", { restrictions });
      expect(await exchangeOf(token)).toMatchObject({ status: 200, body: { audience: [OTHER] } });
    }
  });

  it("is asked for as the clause says, although the client names none (Q3)", async () => {
    const audience = [SERVICE, OTHER];
    const token = await newToken("jwt", { restrictions: [{ audience }] });
    expect(await exchangeOf(token)).toMatchObject({ status: 200, body: { audience } });
    expect((await lastRefresh(token))["resource"]).toEqual(audience);
    const one = await exchangeOf(token, { audience: OTHER });
    expect(one).toMatchObject({ status: 200, body: { audience: [OTHER] } });
    expect((await lastRefresh(token))["resource"]).toEqual([OTHER]);
    expect(await exchangeOf(token, { audience: `${OTHER} https://third.example` })).toMatchObject(RESTRICTED);
  });
});

describe("a wider scope than the clause's", () => {
  const request = { restrictions: [{ scope: "storage.read", usages_AT: 1 }] };

  /** The events that the log line of an exchange names. */
  async function loggedOf(token: TestToken): Promise<{ status: number; events: readonly string[] }> {
    const log = vi.spyOn(console, "log");
    await exchangeOf(token);
    const lines = log.mock.calls.map(
      ([line]) => JSON.parse(String(line)) as { kind: string; status: number; events: string[] },
    );
    const { status, events } = lines.findLast(({ kind }) => kind === "request")!;
    return { status, events };
  }

  it("is reported: handed out, with its scope in the answer and a mark in the log", async () => {
    const token = await newToken("wide", request);
    expect(await loggedOf(token)).toEqual({ status: 200, events: ["AT_created", "wider_scope"] });
    const narrow = await newToken("plain", request);
    expect(await loggedOf(narrow)).toEqual({ status: 200, events: ["AT_created"] });
    const said = await exchangeOf(await newToken("wide", request));
    expect(String(said.body["scope"]).split(" ")).toEqual(
      expect.arrayContaining(["storage.read", "eduperson_entitlement"]),
    );
  });

  it("is withheld where the provider is configured scope_check = enforce; the use is given back", async () => {
    const token = await newToken("wide-enforced", request);
    await expectWithheld(token, "eduperson_entitlement");
    await expectWithheld(token, "storage.read");
  });

  it("is nothing to withhold if it is configured to come with every token, or the clause names no scope", async () => {
    expect((await exchangeOf(await newToken("wide-extra", request))).status).toBe(200);
    const unscoped = await newToken("wide-enforced", { restrictions: [{ usages_AT: 1 }] });
    expect((await exchangeOf(unscoped)).status).toBe(200);
  });

  it("is never asked for: the clause's scope is sent if the client names none, and the client's if it does (Q2)", async () => {
    const token = await newToken("plain", request);
    await exchangeOf(token);
    expect((await lastRefresh(token))["scope"]?.[0]?.split(" ")).toEqual(["storage.read", "offline_access"]);
    const open = await newToken("plain");
    await exchangeOf(open, { scope: "storage.write" });
    expect((await lastRefresh(open))["scope"]?.[0]?.split(" ")).toEqual(["storage.write", "offline_access"]);
  });
});
