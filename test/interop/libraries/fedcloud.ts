/** fedcloudclient makes one request, at a path that it has not looked up. */
import { expect, it } from "vitest";
import { rootToken } from "../login.ts";
import { issuer } from "../server.ts";
import { send } from "../wire.ts";

export function fedcloudTests(): void {
  it("fedcloudclient, replayed", async () => {
    const headers = {
      "User-Agent": "python-requests/2.32.3",
      "Accept-Encoding": "gzip, deflate",
      Accept: "*/*",
      Connection: "keep-alive",
      "Content-Type": "application/json",
    };
    const body = JSON.stringify({ grant_type: "mytoken", mytoken: await rootToken({}) });
    const answer = await send(`${issuer()}/api/v0/token/access`, { method: "POST", headers, body });
    expect(answer.status).toBe(200);
    expect(answer.body["access_token"]).toEqual(expect.any(String));
  });
}
