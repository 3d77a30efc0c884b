import { calculateJwkThumbprint } from "jose";
import { expect, it } from "vitest";
import { KEY, newKey, send } from "../http/worker.ts";

it("shows every key that verifies, and nothing private", async () => {
  const old = { ...(await newKey("ES512")), d: undefined, kid: "old" };
  const response = await send("/jwks", {}, { SIGNING_KEYS: JSON.stringify([KEY, old]) });
  expect(response.status).toBe(200);
  expect(response.headers.get("Content-Type")).toBe("application/json");
  const { kty, crv, x, y, alg } = KEY;
  const thumbprint = await calculateJwkThumbprint({ kty: "EC", crv: crv ?? "", x: x ?? "", y: y ?? "" });
  expect(await response.json()).toEqual({
    keys: [
      { kty, crv, x, y, alg, use: "sig", kid: thumbprint },
      { kty: "EC", crv: "P-521", x: old.x, y: old.y, alg: "ES512", use: "sig", kid: "old" },
    ],
  });
});

it("answers HEAD, and 404 to everything else", async () => {
  expect((await send("/jwks", { method: "HEAD" })).status).toBe(200);
  expect((await send("/jwks", { method: "POST", body: "{}" })).status).toBe(404);
  expect((await send("//jwks", { headers: { Accept: "application/json" } })).status).toBe(404);
});
