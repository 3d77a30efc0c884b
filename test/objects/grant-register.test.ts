/** The family register: who is alive, through creation, revocation and leaving (DESIGN §5). */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { newGrantId } from "../../src/token/ids.ts";
import { addMembers, membersOf, newGrant, type TestGrant } from "../fixtures/grants.ts";
import { rowsOf, tablesOf } from "../fixtures/tokens.ts";

/** A year ahead no alarm fires by itself: the register is seen as the calls left it. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 366 * 86_400_000 });
  return () => void vi.useRealTimers();
});

function revoke({ grant }: TestGrant, momId: string, recursive: boolean) {
  return grant.revoke({ momId, recursive, grantKey: null });
}

const FAMILY = { root: null, child: "root", sibling: "root", grandchild: "child" };

describe("creation", () => {
  it("a member is alive only once it is confirmed", async () => {
    const family = await newGrant();
    expect(await family.grant.join("root", null)).toBe(true);
    expect([await membersOf(family), await family.grant.isAlive("root")]).toEqual([{ root: "joining" }, false]);
    expect(await family.grant.confirm("root")).toBe(true);
    expect([await membersOf(family), await family.grant.isAlive("root")]).toEqual([{ root: "live" }, true]);
  });

  it("joining again changes nothing", async () => {
    const family = await newGrant();
    await family.grant.join("root", null);
    const before = await rowsOf(family.grant, "SELECT * FROM member");
    vi.setSystemTime(Date.now() + 60_000);
    expect(await family.grant.join("root", null)).toBe(true);
    expect(await rowsOf(family.grant, "SELECT * FROM member")).toEqual(before);
  });

  it.each<[string, (family: TestGrant) => Promise<unknown>, string]>([
    ["unknown", () => Promise.resolve(), "nobody"],
    ["still joining", (family) => family.grant.join("parent", null), "parent"],
    [
      "revoked",
      (family) => addMembers(family, { parent: null, other: null }).then(() => revoke(family, "parent", false)),
      "parent",
    ],
    [
      "gone",
      (family) => addMembers(family, { parent: null, other: null }).then(() => family.grant.leave("parent")),
      "parent",
    ],
  ])("is refused where the parent is %s", async (_state, arrange, parent) => {
    const family = await newGrant();
    await arrange(family);
    const before = await membersOf(family);
    expect(await family.grant.join("child", parent)).toBe(false);
    expect(await membersOf(family)).toEqual(before);
  });

  it("is refused by a closed grant and by one that was never opened, which stays empty", async () => {
    const family = await newGrant();
    await addMembers(family, { root: null });
    await family.grant.join("late", "root");
    await family.grant.abandon();
    expect(await family.grant.join("child", null)).toBe(false);
    expect(await family.grant.confirm("late")).toBe(false);
    const nobody = env.GRANT.getByName(newGrantId());
    expect(await nobody.join("root", null)).toBe(false);
    expect([await nobody.confirm("root"), await nobody.isAlive("root")]).toEqual([false, false]);
    await nobody.leave("root");
    await nobody.abandon();
    expect(await nobody.revoke({ momId: "root", recursive: true, grantKey: null })).toBe("deleted");
    expect(await nobody.isAncestor("root", "root")).toBe(false);
    expect(await tablesOf(nobody)).toEqual([]);
  });

  it("a grant cannot be opened twice", async () => {
    const { grant, grantId } = await newGrant();
    const again = {
      grantId,
      issuer: "x",
      oidcSub: "x",
      sealedRefreshToken: new Uint8Array(1),
      tokenEndpoint: "x",
      revocationEndpoint: null,
    };
    await expect(async () => grant.open(again)).rejects.toThrow(/taken/);
    expect((await rowsOf(grant, "SELECT issuer FROM login"))[0]).not.toEqual({ issuer: "x" });
  });

  it.each<[string, (family: TestGrant) => Promise<unknown>]>([
    ["live", (family) => addMembers(family, { child: "root" })],
    ["revoked", (family) => family.grant.join("child", "root").then(() => revoke(family, "child", false))],
    ["gone", (family) => addMembers(family, { child: "root" }).then(() => family.grant.leave("child"))],
    ["unknown", () => Promise.resolve()],
  ])("a member that is %s cannot be confirmed", async (_state, arrange) => {
    const family = await newGrant();
    await addMembers(family, { root: null });
    await arrange(family);
    const before = await membersOf(family);
    expect(await family.grant.confirm("child")).toBe(false);
    expect(await membersOf(family)).toEqual(before);
  });

  it("what left cannot join again", async () => {
    const family = await newGrant();
    await addMembers(family, { root: null, child: "root" });
    await family.grant.leave("child");
    expect(await family.grant.join("child", "root")).toBe(false);
  });

  it("a member whose parent is revoked with all below while it joins is never confirmed", async () => {
    const family = await newGrant();
    await addMembers(family, { root: null, other: null });
    await family.grant.join("child", "root");
    await revoke(family, "root", true);
    expect(await family.grant.confirm("child")).toBe(false);
    expect(await membersOf(family)).toEqual({ root: "revoked", other: "live", child: "revoked" });
  });
});

describe("revocation", () => {
  it("of one member leaves those below it alive", async () => {
    const family = await newGrant();
    await addMembers(family, FAMILY);
    expect(await revoke(family, "child", false)).toBe("kept");
    expect(await membersOf(family)).toEqual({ root: "live", child: "revoked", sibling: "live", grandchild: "live" });
    expect([await family.grant.isAlive("child"), await family.grant.isAlive("grandchild")]).toEqual([false, true]);
  });

  it("with all below ends the subtree, and nobody else", async () => {
    const family = await newGrant();
    await addMembers(family, FAMILY);
    await family.grant.join("joining", "child");
    expect(await revoke(family, "child", true)).toBe("kept");
    const ended = { child: "revoked", grandchild: "revoked", joining: "revoked" };
    expect(await membersOf(family)).toEqual({ root: "live", sibling: "live", ...ended });
  });

  it("walks through the dead", async () => {
    const family = await newGrant();
    await addMembers(family, { ...FAMILY, greatgrandchild: "grandchild" });
    await revoke(family, "child", false);
    await family.grant.leave("grandchild");
    expect(await revoke(family, "child", true)).toBe("kept");
    const dead = { child: "revoked", grandchild: "gone", greatgrandchild: "revoked" };
    expect(await membersOf(family)).toEqual({ root: "live", sibling: "live", ...dead });
  });

  it("of what is dead or unknown changes nothing", async () => {
    const family = await newGrant();
    await addMembers(family, FAMILY);
    await revoke(family, "child", true);
    const before = await rowsOf(family.grant, "SELECT * FROM member");
    vi.setSystemTime(Date.now() + 60_000);
    expect(await revoke(family, "child", true)).toBe("kept");
    expect(await revoke(family, "stranger", true)).toBe("kept");
    expect(await rowsOf(family.grant, "SELECT * FROM member")).toEqual(before);
  });

  it("of the last living member closes the grant", async () => {
    const family = await newGrant();
    await addMembers(family, FAMILY);
    expect(await revoke(family, "root", true)).toBe("deleted");
    expect(await rowsOf(family.grant, "SELECT closed IS NULL AS open, sealed_refresh_token FROM login")).toEqual([
      { open: 0, sealed_refresh_token: null },
    ]);
    expect(await revoke(family, "root", true)).toBe("deleted");
  });

  it("reaches 2,000 generations deep in one statement, and the question for ancestors reaches up", async () => {
    const family = await newGrant();
    await addMembers(family, { m0: null, beside: null });
    const statements: string[] = await runInDurableObject(family.grant, async (grant, { storage }) => {
      storage.sql.exec(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
         INSERT INTO member (mom_id, parent, state, since) SELECT 'm' || i, 'm' || (i - 1), 'live', 0 FROM n`,
      );
      const seen: string[] = [];
      const exec = storage.sql.exec.bind(storage.sql);
      storage.sql.exec = (statement: string, ...bindings: unknown[]) => {
        if (/update member/i.test(statement)) seen.push(statement);
        return exec(statement, ...bindings);
      };
      await grant.revoke({ momId: "m0", recursive: true, grantKey: null });
      storage.sql.exec = exec;
      return seen;
    });
    expect(statements).toHaveLength(1);
    const counts = await rowsOf(family.grant, "SELECT state, count(*) AS n FROM member GROUP BY state ORDER BY state");
    expect(counts).toEqual([
      { state: "live", n: 1 },
      { state: "revoked", n: 2001 },
    ]);
    expect(await family.grant.isAncestor("m0", "m2000")).toBe(true);
    expect(await family.grant.isAncestor("m2000", "m0")).toBe(false);
  });
});

describe("ancestors", () => {
  it("are found through the dead, and a member is its own", async () => {
    const family = await newGrant();
    await addMembers(family, FAMILY);
    await revoke(family, "child", false);
    const asked = async (ancestor: string, momId: string) => family.grant.isAncestor(ancestor, momId);
    expect(await asked("root", "grandchild")).toBe(true);
    expect(await asked("grandchild", "grandchild")).toBe(true);
    expect(await asked("sibling", "grandchild")).toBe(false);
    expect(await asked("grandchild", "root")).toBe(false);
    expect(await asked("root", "stranger")).toBe(false);
    expect(await asked("stranger", "stranger")).toBe(false);
  });
});

describe("leaving", () => {
  it("ends one member, whom nobody needs to tell", async () => {
    const family = await newGrant();
    await addMembers(family, FAMILY);
    await family.grant.leave("child");
    expect(await membersOf(family)).toEqual({ root: "live", child: "gone", sibling: "live", grandchild: "live" });
    expect(await rowsOf(family.grant, "SELECT 1 FROM due WHERE kind = 'tell'")).toEqual([]);
  });

  it("twice is once", async () => {
    const family = await newGrant();
    await addMembers(family, FAMILY);
    await family.grant.leave("child");
    const before = await rowsOf(family.grant, "SELECT * FROM member");
    vi.setSystemTime(Date.now() + 60_000);
    await family.grant.leave("child");
    await family.grant.leave("stranger");
    expect(await rowsOf(family.grant, "SELECT * FROM member")).toEqual(before);
  });

  it("of the last living member closes the grant", async () => {
    const family = await newGrant();
    await addMembers(family, { root: null });
    await family.grant.leave("root");
    expect(await rowsOf(family.grant, "SELECT closed IS NULL AS open, sealed_refresh_token FROM login")).toEqual([
      { open: 0, sealed_refresh_token: null },
    ]);
  });
});
