import { describe, expect, inject, it } from "vitest";
import { fakeIssuer, fakeLog, script } from "../fixtures/fake-control.ts";
import { discover } from "../../src/provider/metadata.ts";
import { limit } from "./login.ts";

const at = (now: number, issuer: string, cache?: Parameters<typeof discover>[0]["cache"]) =>
  discover({ issuer, now, signal: limit(), ...(cache && { cache }) });

describe("discover", () => {
  it("finds the endpoints of a real provider", async () => {
    const issuer = inject("realProvider");
    const found = await at(0, issuer);
    expect(found).toMatchObject({ outcome: "found", server: { issuer, token_endpoint: `${issuer}/token` } });
  });

  it("remembers a success for an hour, and asks by name", async () => {
    const issuer = fakeIssuer("plain.hour");
    const asked = async () => (await fakeLog("plain.hour")).requests.filter(({ endpoint }) => endpoint === "metadata");
    await at(10_000, issuer);
    await at(10_000 + 3599, issuer);
    expect(await asked()).toMatchObject([{ userAgent: "mytoken-server" }]);
    await at(10_000 + 3600, issuer);
    expect(await asked()).toHaveLength(2);
  });

  it("does not remember a failure", async () => {
    const issuer = fakeIssuer("plain.failing");
    await script("plain.failing", "", [{ answer: { status: 503, body: {} } }, { cut: true }], "metadata");
    expect(await at(0, issuer)).toMatchObject({ outcome: "unavailable" });
    expect(await at(0, issuer)).toMatchObject({ outcome: "unavailable", detail: expect.stringMatching(/connection/) });
    expect(await at(0, issuer)).toMatchObject({ outcome: "found" });
  });

  it("gives up when the signal says so", async () => {
    await script("plain.hanging", "", [{ hang: true }], "metadata");
    const found = await discover({ issuer: fakeIssuer("plain.hanging"), now: 0, signal: limit(50) });
    expect(found).toEqual({ outcome: "unavailable", detail: "the provider did not answer in time" });
  });

  it.each([
    ["another issuer", "wrong-issuer", /issuer/],
    ["an endpoint without TLS elsewhere", "plain-http", /token_endpoint/],
    ["status 500", "no-metadata", /status/],
    ["no provider at all", "nobody", /status/],
  ])("refuses %s", async (_name, trait, detail) => {
    expect(await at(0, fakeIssuer(trait))).toEqual({ outcome: "unavailable", detail: expect.stringMatching(detail) });
  });

  it.each([
    ["an endpoint that is no address", { change: { jwks_uri: "jwks" } }, /jwks_uri/],
    ["an endpoint that is missing", { drop: ["authorization_endpoint"] }, /authorization_endpoint/],
    ["a document without end", { pad: 1_100_000 }, /too long/],
    ["a redirection", { answer: { status: 302, headers: { location: "/plain/jwks" } } }, /status/],
    ["HTML", { answer: { status: 200, body: "<p>" } }, /content-type/],
  ])("refuses %s", async (_name, step, detail) => {
    await script("plain.faulty", "", [step], "metadata");
    const found = await at(0, fakeIssuer("plain.faulty"));
    expect(found).toEqual({ outcome: "unavailable", detail: expect.stringMatching(detail) });
  });

  it("uses a cache, believes it no more than the provider, and survives its failure", async () => {
    const issuer = fakeIssuer("plain.cached");
    const stored = new Map<string, unknown>();
    const cache = {
      get: async (key: string) => stored.get(key) ?? null,
      put: async (key: string, metadata: unknown) => void stored.set(key, metadata),
    };
    await at(0, issuer, cache);
    expect(stored.get(issuer)).toMatchObject({ issuer });
    const count = async () => (await fakeLog("plain.cached")).counts["metadata"];
    await at(5000, issuer, cache);
    expect(await count()).toBe(1);
    stored.set(issuer, { ...(stored.get(issuer) as object), token_endpoint: "http://provider.example" });
    await at(10_000, issuer, cache);
    expect(await count()).toBe(2);
    const broken = { get: () => Promise.reject(new Error("down")), put: () => Promise.reject(new Error("down")) };
    expect(await at(20_000, issuer, broken)).toMatchObject({ outcome: "found" });
    expect(await count()).toBe(3);
  });
});
