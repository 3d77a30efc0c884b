import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { resolveEnforced } from "../../src/profiles/resolve-enforced.ts";
import { AWAY, create } from "./operator.ts";

const away = AWAY as unknown as D1Database;

it.each([
  ["12h", [{ exp: "+12h" }]],
  ["12h ip-this", [{ exp: "+12h", hosts: ["this"] }]],
  ['{"include":"1d","usages_AT":1}', [{ usages_AT: 1, exp: "+1d" }]],
  ['["1d",{"scope":"s"}]', [{ exp: "+1d" }, { scope: "s" }]],
  ["", []],
])("%j", async (template, value) => {
  expect(await resolveEnforced(env.DIRECTORY, template)).toEqual({ ok: true, value });
});

it("refuses what it cannot resolve", async () => {
  const refusal = { reason: "bad_request", description: "unknown include name: 'nowhere'" };
  expect(await resolveEnforced(env.DIRECTORY, "nowhere")).toEqual({ ok: false, refusal });
});

it("while the directory is away knows what it read, and never what was shipped", async () => {
  const unavailable = { ok: false, refusal: expect.objectContaining({ reason: "temporarily_unavailable" }) };
  expect(await resolveEnforced(away, "1y")).toEqual(unavailable);
  await create("restrictions", "grp", "staff", { scope: "s" });
  await resolveEnforced(env.DIRECTORY, "grp/staff");
  expect(await resolveEnforced(away, "grp/staff")).toEqual({ ok: true, value: [{ scope: "s" }] });
  expect(await resolveEnforced(away, '{"scope":"x"}')).toEqual({ ok: true, value: [{ scope: "x" }] });
});
