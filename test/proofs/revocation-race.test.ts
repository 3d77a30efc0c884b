/** Invariant 4: once a revocation is answered, nothing works that it covers, also not what was being made meanwhile. */
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Answer } from "../fixtures/client.ts";
import { fakeLog } from "../fixtures/fake-control.ts";
import {
  eventsOf,
  exchangeOf,
  failWrite,
  familyOf,
  loginOf,
  newToken,
  refreshesOf,
  rowsOf,
  scriptFor,
  type TestToken,
  usesOf,
} from "../fixtures/tokens.ts";
import {
  areAlive,
  askSubtoken,
  INVALID_TOKEN,
  parallel,
  parentToken,
  presenting,
  revoke,
  rowOf,
  sleep,
  slowCrypto,
  subtokenOf,
  until,
} from "./family.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** A line of tokens, each below the one before it. */
async function lineBelow(top: TestToken, length: number): Promise<TestToken[]> {
  const line = [top];
  while (line.length < length) line.push(await subtokenOf(line.at(-1)!));
  return line;
}

describe("subtokens made while everything above them is revoked", () => {
  const ROUNDS = 20;
  const CREATED_AT_ONCE = 4;

  /** Milliseconds that it takes to make so many when nobody revokes. */
  async function timeOfMaking(parent: TestToken): Promise<number> {
    const started = performance.now();
    await parallel(CREATED_AT_ONCE, () => askSubtoken(parent));
    return performance.now() - started;
  }

  it.each([1, 2, 3, 4, 5])(
    "at depth %i below the revoked token: none works afterwards",
    async (depth) => {
      const root = await parentToken("plain");
      const seen = { given: 0, refused: 0 };
      const making = await timeOfMaking(await parentToken("plain"));
      for (let round = 0; round < ROUNDS; round++) {
        const line = await lineBelow(await subtokenOf(root), depth);
        const [top, parent] = [line[0]!, line.at(-1)!];
        const creations = parallel(CREATED_AT_ONCE, async (index) => {
          await sleep(2 * index);
          return askSubtoken(parent);
        });
        // Every round the revocation comes at another moment of the making, on any machine.
        await sleep((making * (round % 10)) / 8);
        expect(await revoke(top, true)).toMatchObject({ status: 204 });
        const startedLater = await askSubtoken(parent);
        expect(startedLater).toMatchObject(INVALID_TOKEN);

        const children: TestToken[] = [];
        for (const answer of await creations) {
          if (answer.status === 200) {
            children.push(presenting(top, String(answer.body["mytoken"]), String(answer.body["mom_id"])));
          } else expect(answer).toMatchObject(INVALID_TOKEN);
        }
        seen.given += children.length;
        seen.refused += CREATED_AT_ONCE - children.length;
        const family = [...line, ...children];
        for (const answer of await parallel(family.length, (index) => exchangeOf(family[index]!))) {
          expect(answer).toMatchObject(INVALID_TOKEN);
        }
        expect(await areAlive(family)).toEqual(family.map(() => false));
      }
      // What the register knows of, not only what was answered: the root alone is alive, and nobody is still joining.
      const living = await rowsOf(root.grant, "SELECT mom_id FROM member WHERE state IN ('joining', 'live')");
      expect(living).toEqual([{ mom_id: root.momId }]);
      expect((await exchangeOf(root)).status).toBe(200);
      // The race was one: some were made before, some too late.
      expect(Math.min(seen.given, seen.refused)).toBeGreaterThan(0);
    },
    60_000,
  );

  it("the root itself is revoked: no member stays, and the login is closed", async () => {
    for (let round = 0; round < 10; round++) {
      const root = await parentToken("plain");
      const creations = parallel(CREATED_AT_ONCE, () => askSubtoken(root));
      await sleep(round);
      expect((await revoke(root, true)).status).toBe(204);
      for (const answer of await creations) {
        if (answer.status !== 200) continue;
        expect(await exchangeOf(presenting(root, String(answer.body["mytoken"])))).toMatchObject(INVALID_TOKEN);
      }
      expect(await rowsOf(root.grant, "SELECT 1 FROM member WHERE state IN ('joining', 'live')")).toEqual([]);
      expect(await loginOf(root)).toMatchObject({ closed: expect.any(Number), sealed_refresh_token: null });
    }
  }, 30_000);

  it("short tokens and transfer codes of what was being made are worth nothing either", async () => {
    const root = await parentToken("plain");
    const top = await subtokenOf(root);
    const creations = Promise.all(
      ["short_token", "transfer_code"].map((responseType) => askSubtoken(top, { response_type: responseType })),
    );
    await sleep(8);
    expect((await revoke(top, true)).status).toBe(204);
    for (const { status, body } of await creations) {
      const text = body["mytoken"];
      if (status === 200 && typeof text === "string") {
        expect(await exchangeOf(presenting(top, text))).toMatchObject(INVALID_TOKEN);
      }
    }
    expect(await rowsOf(root.grant, "SELECT mom_id FROM member WHERE state IN ('joining', 'live')")).toEqual([
      { mom_id: root.momId },
    ]);
  });
});

describe("an exchange in flight while its token ends", () => {
  /** An exchange during which something happens: the provider has rotated, and not said so yet. */
  async function whileAsked(token: TestToken, meanwhile: () => Promise<unknown>): Promise<Answer> {
    const before = await refreshesOf(token);
    await scriptFor(token, [{ commit: true, delay: 400, rotate: true }]);
    const answer = exchangeOf(token);
    await until(async () => (await refreshesOf(token)) > before);
    await meanwhile();
    return answer;
  }

  /** Nothing was handed out, nothing rotated, nothing counted. */
  async function expectNothing(token: TestToken, answer: Answer): Promise<void> {
    expect(answer).toMatchObject(INVALID_TOKEN);
    expect(answer.body).not.toHaveProperty("access_token");
    expect(answer.body).not.toHaveProperty("token_update");
    expect(await rowOf(token)).toMatchObject({ seq_no: 1, sealed_successor: null });
    expect(await usesOf(token)).toBe(0);
    const events = await eventsOf(token);
    expect(events).not.toContain("AT_created");
    expect(events).not.toContain("token_rotated");
  }

  const ROTATING = { rotation: { on_AT: true, auto_revoke: true }, restrictions: [{ usages_AT: 9 }] };

  it("revoked by itself: no access token, no rotation, no refresh token into the closed login", async () => {
    const token = await newToken("plain", ROTATING);
    const answer = await whileAsked(token, async () => {
      expect((await revoke(token, false)).status).toBe(204);
    });
    await expectNothing(token, answer);
    expect(await loginOf(token)).toMatchObject({ closed: expect.any(Number), sealed_refresh_token: null });
    expect(await loginOf(token)).toMatchObject({ refresh_token_version: 1 });
    // The fresh one was revoked at the provider, and so was the login.
    await until(async () => (await familyOf(token)).revoked !== null);
    const { refreshTokens } = await familyOf(token);
    expect(refreshTokens).toHaveLength(2);
    const { requests } = await fakeLog(token.trait, token.user);
    const revoked = requests.filter(({ endpoint }) => endpoint === "revoke").flatMap(({ form }) => form["token"]);
    expect(new Set(revoked)).toEqual(new Set(refreshTokens));
    expect(await exchangeOf(token)).toMatchObject(INVALID_TOKEN);
  });

  it("revoked while its successor is being signed and sealed: there is none", async () => {
    const token = await newToken("plain", ROTATING);
    const gate = { holds: false, held: 0, opened: false };
    slowCrypto(async () => {
      if (!gate.holds) return;
      gate.held += 1;
      await until(() => Promise.resolve(gate.opened));
    });
    // Its text and the refresh token are opened first: what is held once the provider was asked is the rotation.
    const before = await refreshesOf(token);
    await scriptFor(token, [{ commit: true, delay: 200 }]);
    const answer = exchangeOf(token);
    await until(async () => (await refreshesOf(token)) > before);
    gate.holds = true;
    await until(() => Promise.resolve(gate.held > 0));
    gate.holds = false;
    expect((await revoke(token, false)).status).toBe(204);
    gate.opened = true;
    await expectNothing(token, await answer);
  });

  it("a child's, while its root is revoked recursively", async () => {
    const root = await parentToken("plain");
    const child = await subtokenOf(root, ROTATING);
    const answer = await whileAsked(child, async () => {
      expect((await revoke(root, true)).status).toBe(204);
    });
    await expectNothing(child, answer);
    expect(await loginOf(root)).toMatchObject({ sealed_refresh_token: null, refresh_token_version: 1 });
    expect(await areAlive([root, child])).toEqual([false, false]);
  });

  it("a child's, whose object could not be told yet: the login's object knows", async () => {
    const root = await parentToken("plain");
    const child = await subtokenOf(root, ROTATING);
    const answer = await whileAsked(child, async () => {
      await failWrite(child.object, "transactionSync", "failed and not stored");
      expect((await revoke(root, true)).status).toBe(204);
    });
    await expectNothing(child, answer);
    expect(await rowOf(child)).toMatchObject({ state: "live" });
  });

  it("a child's, while the token between it and the root is: the login goes on with its new refresh token", async () => {
    const root = await parentToken("plain");
    const middle = await subtokenOf(root);
    const child = await subtokenOf(middle, ROTATING);
    const answer = await whileAsked(child, async () => {
      expect((await revoke(middle, true)).status).toBe(204);
    });
    await expectNothing(child, answer);
    // Invariant 3: the provider rotated, so the new refresh token is kept for those who live.
    expect(await loginOf(root)).toMatchObject({ closed: null, refresh_token_version: 2 });
    expect((await exchangeOf(root)).status).toBe(200);
    expect((await familyOf(root)).revoked).toBeNull();
  });

  it("revoked without what is below it: the child's own exchange is served", async () => {
    const root = await parentToken("plain");
    const child = await subtokenOf(root, ROTATING);
    const answer = await whileAsked(child, async () => {
      expect((await revoke(root, false)).status).toBe(204);
    });
    expect(answer.status).toBe(200);
    expect(await rowOf(child)).toMatchObject({ seq_no: 2, state: "live" });
  });

  it("several that wait for one answer: only the living get it", async () => {
    const root = await parentToken("plain");
    const [doomed, spared] = await parallel(2, () => subtokenOf(root, ROTATING));
    // The first exchange holds the turn; the two below wait and are answered by one refresh.
    const before = await refreshesOf(root);
    await scriptFor(root, [{ delay: 200 }, { commit: true, delay: 400 }]);
    const holder = exchangeOf(root);
    await until(async () => (await refreshesOf(root)) > before);
    const refused = exchangeOf(doomed!);
    const served = exchangeOf(spared!);
    await until(async () => (await refreshesOf(root)) > before + 1);
    expect((await revoke(doomed!, true)).status).toBe(204);
    expect([(await holder).status, (await refused).status, (await served).status]).toEqual([200, 401, 200]);
    expect(await refreshesOf(root)).toBe(before + 2);
    await expectNothing(doomed!, await refused);
  });
});
