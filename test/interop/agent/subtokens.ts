import { describe, expect, it } from "vitest";
import { rootToken } from "../login.ts";
import { issuer, providerIssuer } from "../server.ts";
import { claimsOf, send } from "../wire.ts";
import { discovery, postJson } from "./requests.ts";

const LONGEST_PAGE = 95_000;

function askFor(profile: Record<string, unknown>, mytoken: string) {
  return postJson(`${issuer()}/c`, {
    ...profile,
    oidc_issuer: providerIssuer(),
    grant_type: "mytoken",
    mytoken,
    name: "mytoken requested by oidc-token",
  });
}

export function subtokenTests(): void {
  describe("oidc-token -m", () => {
    it.each([
      ["the profile `web-default`", { include: "web-default" }],
      ["a profile of its own", { capabilities: ["AT"], restrictions: [{ scope: "openid" }] }],
    ])("gets a page to show for %s", async (_, profile) => {
      const mytoken = await rootToken({ capabilities: ["AT", "tokeninfo", "create_mytoken"] });
      const { status, headers, text } = await askFor(profile, mytoken);
      expect([status, headers["content-type"]]).toEqual([200, expect.stringMatching(/^text\/html/)]);
      expect(Buffer.byteLength(text)).toBeLessThan(LONGEST_PAGE);
      expect(text).toContain('<div class="footer"');
      expect(text).not.toContain("{{");
      const assets = [...text.matchAll(/\b(?:src|href)="([^"]+\.(?:js|css))"/g)].map(([, address = ""]) => address);
      expect(assets.length).toBeGreaterThan(0);
      await Promise.all(assets.map(assertUsableElsewhere));
    });

    it("sends what was approved, `rotation: null` included", async () => {
      const mytoken = await rootToken({ capabilities: ["AT", "tokeninfo", "create_mytoken"] });
      const { mytoken_endpoint: endpoint } = await discovery();
      const approved = {
        oidc_issuer: providerIssuer(),
        restrictions: [{ scope: "openid", usages_AT: 1 }],
        capabilities: ["AT"],
        name: "mytoken requested by oidc-token",
        rotation: null,
      };
      const { status, body } = await postJson(endpoint, { ...approved, grant_type: "mytoken", mytoken });
      expect(status).toBe(200);
      expect(claimsOf(body["mytoken"])).toMatchObject({
        name: approved.name,
        capabilities: ["AT"],
        restrictions: [{ scope: "openid", usages_AT: 1 }],
      });
      expect(claimsOf(body["mytoken"])).not.toHaveProperty("rotation");
      const code = await postJson(endpoint, {
        ...approved,
        response_type: "transfer_code",
        grant_type: "mytoken",
        mytoken,
      });
      expect(code.body).toMatchObject({ transfer_code: expect.any(String), expires_in: expect.any(Number) });
    });

    it("gets an error as JSON", async () => {
      const { status, body } = await askFor({ include: "web-default" }, "this-is-no-mytoken");
      expect([status, body["error"]]).toEqual([401, "invalid_token"]);
    });
  });
}

/** The page stands in a window that belongs to no origin of ours. */
async function assertUsableElsewhere(address: string): Promise<void> {
  expect(address).toMatch(/^https?:/);
  const { status, headers } = await send(address, { method: "GET", headers: { Origin: "http://127.0.0.1:4242" } });
  expect({ status, headers }).toMatchObject({
    status: 200,
    headers: { "access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin" },
  });
}
