/**
 * Objects that code of a later version meets (docs/decisions/0009): they take the steps that they lack, all or none, once,
 * before anything else. The later code is the present one with steps added (later-code.ts).
 */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  countedToken,
  evict,
  eventsOf,
  exchangeOf,
  failWrite,
  newToken,
  rowsOf,
  tablesOf,
  type TestToken,
  usesOf,
} from "../fixtures/tokens.ts";
import { later } from "./inside.ts";
import { addSteps, ask, everyAddition, forgetSteps, type Kind, KINDS, PRESENT } from "./later-code.ts";
import { load, newTables, statementsOf, STORED, stubOf, versionOf } from "./stored.ts";

/** Two steps: a column, and a count in it of how often the second one ran. */
const COUNTED = [
  "ALTER TABLE token ADD COLUMN runs INTEGER NOT NULL DEFAULT 0",
  "UPDATE token SET runs = runs + 1",
] as const;
const BROKEN = "UPDATE nowhere SET x = 1";

afterEach(() => {
  forgetSteps();
  vi.useRealTimers();
});

/** The token's objects leave memory, as in a deploy, and come back with code that has these steps as well. */
async function deploy(token: TestToken, kind: Kind, ...steps: readonly string[]): Promise<void> {
  forgetSteps();
  addSteps(kind, ...steps);
  await evict(token.object);
  await evict(token.grant);
}

/** Version and columns of the row that holds the token, read without a call of the object. */
async function rowOf({ object, momId }: TestToken): Promise<{ version: unknown; runs: unknown }> {
  const [row] = await rowsOf(object, "SELECT * FROM token");
  return { version: await versionOf({ kind: "MYTOKEN", name: momId }), runs: row?.["runs"] };
}

const BEFORE = { version: PRESENT.MYTOKEN, runs: undefined };
const AFTER = { version: PRESENT.MYTOKEN + 2, runs: 1 };

describe.each(STORED)("objects of %s", (_name, state) => {
  it.each(KINDS)(
    "%s: a question that writes nothing completes its tables; they are those of a new one",
    async (kind) => {
      await load(state);
      addSteps(kind, everyAddition(kind));
      const objects = state.objects.filter((one) => one.kind === kind);
      expect(objects.length).toBeGreaterThan(0);
      const expected = await newTables(kind);
      expect(expected.join()).toContain("CREATE TABLE later");
      for (const { name } of objects) {
        await ask(kind, name);
        expect(await statementsOf({ kind, name })).toEqual(expected);
        expect(await versionOf({ kind, name })).toBe(PRESENT[kind] + 1);
      }
    },
  );
});

describe("the steps that are lacking", () => {
  it("are taken once, of however many calls at once and in however many activations", async () => {
    const token = await newToken("plain");
    await deploy(token, "MYTOKEN", ...COUNTED);
    for (const _round of [1, 2]) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => exchangeOf(token)));
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
      expect(await rowOf(token)).toEqual(AFTER);
      await evict(token.object);
    }
  });

  it("cost one statement in an activation, and none in a call", async () => {
    const token = await newToken("plain");
    await evict(token.object);
    const asked = await runInDurableObject(token.object, async (instance, { storage }) => {
      const statements = vi.spyOn(storage.sql, "exec");
      for (const _round of [1, 2, 3]) instance.place();
      return statements.mock.calls.filter(([statement]) => statement.startsWith("SELECT schema_version")).length;
    });
    expect(asked).toBe(1);
  });

  it("are taken by the alarm too, before its work", async () => {
    const token = await newToken("plain");
    await deploy(token, "GRANT", "ALTER TABLE member ADD COLUMN runs INTEGER NOT NULL DEFAULT 1");
    later(601);
    expect(await rowsOf(token.grant, "SELECT kind FROM due")).toEqual([{ kind: "joining" }]);
    expect(await runDurableObjectAlarm(token.grant)).toBe(true);
    expect(await rowsOf(token.grant, "SELECT kind FROM due")).toEqual([]);
    expect(await rowsOf(token.grant, "SELECT runs FROM member")).toEqual([{ runs: 1 }]);
  });

  it.each([/ADD COLUMN runs/, /SET runs/, /SET schema_version/])(
    "are all taken back by a crash right after %s, and taken again",
    async (statement) => {
      const token = await newToken("plain");
      await deploy(token, "MYTOKEN", ...COUNTED);
      await failWrite(token.object, statement, "failed but stored", { crashes: true });
      expect((await exchangeOf(token)).status).toBe(503);
      expect(await rowOf(token)).toEqual(BEFORE);
      expect((await exchangeOf(token)).status).toBe(200);
      expect(await rowOf(token)).toEqual(AFTER);
    },
  );
});

describe("a step that fails", () => {
  it("leaves everything as it was: 500 with the id of the request, until there is code that can do it", async () => {
    const token = await countedToken("plain");
    await exchangeOf(token);
    const before = await eventsOf(token);
    await deploy(token, "MYTOKEN", COUNTED[0], BROKEN);
    for (const _round of [1, 2]) {
      const { status, headers, body } = await exchangeOf(token);
      expect([status, body["error_description"]]).toEqual([500, `request id ${headers.get("X-Request-ID")}`]);
    }
    expect(await rowOf(token)).toEqual(BEFORE);
    expect([await usesOf(token), await eventsOf(token)]).toEqual([1, before]);

    await deploy(token, "MYTOKEN");
    expect((await exchangeOf(token)).status).toBe(200);
    await deploy(token, "MYTOKEN", ...COUNTED);
    expect((await exchangeOf(token)).status).toBe(200);
    expect(await rowOf(token)).toEqual(AFTER);
    expect(await usesOf(token)).toBe(3);
  });

  it("is tried again by the next call", async () => {
    const token = await newToken("plain");
    await deploy(token, "MYTOKEN", ...COUNTED);
    await failWrite(token.object, /SET schema_version/, "failed and not stored");
    expect((await exchangeOf(token)).status).toBe(500);
    expect((await exchangeOf(token)).status).toBe(200);
    expect(await rowOf(token)).toEqual(AFTER);
  });

  it("in the Grant: no access token, and the use is given back", async () => {
    const token = await countedToken("plain");
    await deploy(token, "GRANT", BROKEN);
    expect((await exchangeOf(token)).status).toBe(555);
    expect(await usesOf(token)).toBe(0);
    await deploy(token, "GRANT");
    expect((await exchangeOf(token)).status).toBe(200);
  });

  it("lets what is due wait, and loses no alarm", async () => {
    const token = await newToken("plain");
    await deploy(token, "GRANT", BROKEN);
    later(601);
    for (const tries of [1, 2, 3, 4, 5, 6, 7, 8]) {
      expect(await runDurableObjectAlarm(token.grant)).toBe(true);
      expect(await rowsOf(token.grant, "SELECT kind, tries FROM due")).toEqual([{ kind: "joining", tries }]);
      later(3600);
    }
    await deploy(token, "GRANT");
    expect(await runDurableObjectAlarm(token.grant)).toBe(true);
    expect(await rowsOf(token.grant, "SELECT kind FROM due")).toEqual([]);
  });
});

it("what newer code has stored is left alone by older code, and then by the newer again", async () => {
  addSteps("MYTOKEN", ...COUNTED);
  const token = await newToken("plain", { rotation: { on_AT: true } });
  const made = { version: PRESENT.MYTOKEN + 2, runs: 0 };
  expect(await rowOf(token)).toEqual(made);
  await deploy(token, "MYTOKEN");
  const { status, body } = await exchangeOf(token);
  const successor = String((body["token_update"] as Record<string, unknown>)["mytoken"]);
  expect([status, await rowOf(token)]).toEqual([200, made]);
  await deploy(token, "MYTOKEN", ...COUNTED);
  expect((await exchangeOf({ ...token, text: successor })).status).toBe(200);
  expect(await rowOf(token)).toEqual(made);
});

describe("without a row there are no steps", () => {
  it.each(KINDS)("%s: one that was never made has no table after it was asked", async (kind) => {
    addSteps(kind, everyAddition(kind));
    await ask(kind, "never made");
    expect(await tablesOf(stubOf({ kind, name: "never made" }) as never)).toEqual([]);
  });

  it("one that was emptied stays empty", async () => {
    const token = await newToken("plain");
    addSteps("MYTOKEN", ...COUNTED);
    await token.object.erase();
    for (const _round of [1, 2]) {
      await ask("MYTOKEN", token.momId);
      expect(await tablesOf(token.object)).toEqual([]);
      await evict(token.object);
    }
  });
});
