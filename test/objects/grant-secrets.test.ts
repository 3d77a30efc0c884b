/** A copy of the objects' storage yields neither a refresh token nor a mytoken (DESIGN §3, invariant 7). */
import { describe, expect, it, vi } from "vitest";
import { decodeMytoken } from "../../src/signer/decode.ts";
import { dumpOf, exchangeOf, familyOf, newToken, refreshesOf, scriptFor, type TestToken } from "../fixtures/tokens.ts";

/** Every table of both objects. */
async function storageOf(token: TestToken): Promise<string> {
  return `${await dumpOf(token.object)}\n${await dumpOf(token.grant)}`;
}

/** What must stand nowhere, by name. */
async function secretsOf(token: TestToken): Promise<Record<string, string>> {
  const { refreshTokens } = await familyOf(token);
  const { jti } = decodeMytoken(token.text);
  return {
    mytoken: token.text,
    "signature of the mytoken": token.text.split(".")[2] ?? "",
    jti,
    ...Object.fromEntries(refreshTokens.map((text, index) => [`refresh token ${index}`, text])),
  };
}

/** The names of those secrets that stand in a text, as they are or in hexadecimal or base64. */
function found(text: string, secrets: Readonly<Record<string, string>>): string[] {
  const forms = (secret: string) => [secret, secret.replaceAll("-", ""), btoa(secret).replaceAll("=", "")];
  return Object.entries(secrets).flatMap(([name, secret]) =>
    forms(secret).some((form) => text.includes(form)) ? [name] : [],
  );
}

describe("no refresh token, mytoken or jti stands in the storage of an object", () => {
  it("before, while and after the provider is asked", async () => {
    const token = await newToken("rotating", { restrictions: [{ usages_AT: 5 }], rotation: { on_AT: true } });
    const secrets = await secretsOf(token);
    expect(Object.keys(secrets)).toContain("refresh token 0");
    expect(found(await storageOf(token), secrets)).toEqual([]);

    await scriptFor(token, [{ delay: 400, commit: true }]);
    const running = exchangeOf(token);
    await vi.waitFor(async () => expect(await refreshesOf(token)).toBe(1), { interval: 10 });
    const withNew = await secretsOf(token);
    expect(Object.keys(withNew)).toContain("refresh token 0");
    expect(found(await storageOf(token), withNew)).toEqual([]);

    const { status, body } = await running;
    expect(status).toBe(200);
    const { mytoken: successor } = body["token_update"] as { mytoken: string };
    const afterwards = { ...(await secretsOf(token)), successor, "access token": String(body["access_token"]) };
    expect(Object.keys(afterwards)).toContain("refresh token 1");
    expect(found(await storageOf(token), afterwards)).toEqual([]);
  });

  it("after a refusal whose description repeats it", async () => {
    const token = await newToken("plain");
    const secrets = await secretsOf(token);
    const body = { error: "invalid_grant", error_description: `unknown: ${secrets["refresh token 0"]}` };
    await scriptFor(token, [{ answer: { status: 400, body } }]);
    const refused = await exchangeOf(token);
    expect(refused.status).toBe(400);
    expect(found(JSON.stringify(refused.body) + (await storageOf(token)), secrets)).toEqual([]);
  });

  it("and the search would find them: it finds what may stand there", async () => {
    const token = await newToken("plain");
    const stored = await storageOf(token);
    const known = { user: token.user, mom_id: token.momId, grant: token.grantId };
    expect(found(stored, known)).toEqual(Object.keys(known));
    const secrets = await secretsOf(token);
    expect(found(stored + Object.values(secrets).join(" "), secrets)).toEqual(Object.keys(secrets));
  });
});
