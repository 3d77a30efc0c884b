/** The Go library below the command line client: how its requests look (clients §1). */
import { describe, expect, it } from "vitest";
import { rootToken, subtoken } from "../login.ts";
import { issuer } from "../server.ts";
import { type Answer, type Body, claimsOf, send } from "../wire.ts";

const HEADERS = { "User-Agent": "mytoken client 0.7.1", "Accept-Encoding": "gzip" };
const EXPECTING = { ...HEADERS, Accept: "application/json" };

/** Every GET, and a DELETE that says nothing, carries this, with no content type. */
const NOTHING = "null\n";

function get(address: unknown, mytoken?: string): Promise<Answer> {
  const headers: Record<string, string> = { ...EXPECTING };
  if (mytoken !== undefined) headers["Authorization"] = `Bearer ${mytoken}`;
  return send(String(address), { method: "GET", headers, body: NOTHING });
}

/** Its encoder ends with a line end and escapes what HTML could take for its own. */
function encoded(body: Body): string {
  const escape = (character: string) => String.raw`\u00${character.charCodeAt(0).toString(16)}`;
  return `${JSON.stringify(body).replaceAll(/[<>&]/g, escape)}\n`;
}

function sendJson(method: string, address: unknown, body: Body, headers: Record<string, string> = {}): Promise<Answer> {
  const type = { "Content-Type": "application/json" };
  return send(String(address), { method, headers: { ...EXPECTING, ...type, ...headers }, body: encoded(body) });
}

async function endpoints(): Promise<Record<string, unknown>> {
  const configuration = await get(`${issuer()}/.well-known/mytoken-configuration`);
  const settings = await get(configuration.body["usersettings_endpoint"]);
  return { ...configuration.body, ...settings.body };
}

const CAPABILITIES = ["AT", "tokeninfo", "create_mytoken", "settings", "manage_mytokens"];

export function goTests(): void {
  describe("the Go library, replayed", () => {
    it("finds everything in two requests", async () => {
      const found = await endpoints();
      for (const name of ["grant_type_endpoint", "email_endpoint", "tags_endpoint", "profiles_endpoint"]) {
        expect(found[name]).toMatch(/^http/);
      }
    });

    it("reads capabilities without an Accept", async () => {
      const headers = { "User-Agent": "Go-http-client/1.1", "Accept-Encoding": "gzip" };
      const { status, text } = await send(`${issuer()}/api/v0/capabilities`, { method: "GET", headers });
      expect(status).toBe(200);
      expect(JSON.parse(text)).toContainEqual(
        expect.objectContaining({ read_write_capability: expect.objectContaining({ name: "AT" }) }),
      );
    });

    it("GETs settings with a body of five bytes and a bearer token", async () => {
      const mytoken = await rootToken({ capabilities: CAPABILITIES });
      const { grant_type_endpoint: grants, email_endpoint: email, tags_endpoint: tags } = await endpoints();
      for (const endpoint of [grants, email, tags]) {
        expect([endpoint, (await get(endpoint, mytoken)).status]).toEqual([endpoint, 200]);
      }
    });

    it("sends DELETE with a JSON object, and with `null`", async () => {
      const mytoken = await rootToken({ capabilities: CAPABILITIES });
      const { mytoken_endpoint: endpoint, grant_type_endpoint: grants, tags_endpoint: tags } = await endpoints();
      const tag = { tag: "a<b>&c", mytoken, include_children: false };
      expect((await sendJson("POST", `${String(endpoint)}/tags`, tag)).status).toBe(204);
      expect((await sendJson("DELETE", `${String(endpoint)}/tags`, tag)).status).toBe(204);
      expect((await sendJson("DELETE", grants, { grant_type: "ssh", mytoken })).status).toBe(204);
      const bearer = { ...EXPECTING, Authorization: `Bearer ${mytoken}` };
      const deleted = await send(`${String(tags)}/a<b>&c`, { method: "DELETE", headers: bearer, body: NOTHING });
      expect(deleted.status).toBe(204);
      expect((await get(tags, mytoken)).body["tags"]).toEqual([]);
    });

    it("creates a tag without an Accept, and needs no empty 200 or 201 from anywhere", async () => {
      const mytoken = await rootToken({ capabilities: CAPABILITIES });
      const { grant_type_endpoint: grants, email_endpoint: email, tags_endpoint: tags } = await endpoints();
      const bearer = { Authorization: `Bearer ${mytoken}` };
      const created = await send(`${String(tags)}/x`, {
        method: "POST",
        headers: { ...HEADERS, ...bearer, "Content-Type": "application/json" },
        body: encoded({ color: "FF0000" }),
      });
      const answers = [
        created,
        await sendJson("PUT", `${String(tags)}/x`, { color: "00FF00" }, bearer),
        await sendJson("POST", grants, { grant_type: "ssh", mytoken }),
        await sendJson("PUT", email, { prefer_html_mail: false }, bearer),
      ];
      for (const { status, text } of answers) {
        expect(status).toBeLessThan(300);
        if (status !== 204) expect(JSON.parse(text)).toEqual({});
      }
    });

    it("revokes without an Accept", async () => {
      const mytoken = await rootToken({});
      const { revocation_endpoint: endpoint } = await endpoints();
      const headers = { ...HEADERS, "Content-Type": "application/json" };
      const answer = await send(String(endpoint), { method: "POST", headers, body: encoded({ token: mytoken }) });
      expect(answer).toMatchObject({ status: 204, text: "" });
    });

    it("escapes characters in restrictions and names", async () => {
      const root = await rootToken({ capabilities: CAPABILITIES });
      const { mytoken_endpoint: endpoint } = await endpoints();
      const request = { grant_type: "mytoken", mytoken: root, error_on_restrictions: true, response_type: "token" };
      const more = {
        name: "a<b>&c",
        application_name: "mytoken client on host",
        capabilities: ["AT"],
        redirect_uri: "",
      };
      const { status, body } = await sendJson("POST", endpoint, { ...request, ...more });
      expect([status, claimsOf(body["mytoken"])["name"]]).toEqual([200, "a<b>&c"]);
    });

    it("asks for what is in a family", async () => {
      const root = await rootToken({ capabilities: CAPABILITIES });
      await subtoken(root, { name: "child" });
      const { tokeninfo_endpoint: endpoint } = await endpoints();
      const ask = async (action: string, more: Body = {}) =>
        (await sendJson("POST", endpoint, { action, mytoken: root, ...more })).body;
      expect((await ask("subtokens"))["mytokens"]).toMatchObject({
        token: {},
        children: [{ token: { name: "child" } }],
      });
      expect((await ask("list_mytokens"))["mytokens"]).toMatchObject([{ children: [{ token: { name: "child" } }] }]);
      expect((await ask("event_history", { mom_ids: ["this"] }))["events"]).toContainEqual(
        expect.objectContaining({ event: "created", time: expect.any(Number), ip: "127.0.0.1" }),
      );
    });
  });
}
