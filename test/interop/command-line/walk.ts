/** What a person does with the unchanged client against `npm start` (the README shows it). */
import { expect, it } from "vitest";
import { Program } from "../programs.ts";
import { issuer, providerIssuer } from "../server.ts";
import { claimsOf } from "../wire.ts";
import { Box } from "./client.ts";
import { approvedBy, runLogin } from "./consent.ts";

export function walkTests(): void {
  it("walks from the login to the end of it all", async () => {
    const box = new Box("laptop");
    const capability = "AT tokeninfo create_mytoken manage_mytokens";
    const login = ["--capability", capability, "--name", "root", "-o", box.path("root")];
    const { status, errors } = await runLogin(box, login, approvedBy("alice"));
    expect({ status, errors }).toMatchObject({ status: 0, errors: expect.stringMatching(/success\s*$/) });
    const root = ["--MT-file", box.path("root")];

    expect(await box.printsTable("info", "list-mytokens", ...root)).toEqual([
      ["laptop:root", expect.any(String), "does not expire", "", "127.0.0.1"],
    ]);
    expect(await box.printsJson("info", ...root)).toMatchObject({ iss: issuer(), oidc_iss: providerIssuer() });

    const restricted = ["--name", "job", "--restrictions", '{"scope":"openid","usages_AT":2}', "-o", box.path("job")];
    expect(await box.prints("MT", ...root, ...restricted)).toBe("");

    const code = await curlTransferCode(box.read("job"));
    const other = new Box("cluster");
    expect(await other.prints("MT", "--TC", code, "-o", other.path("job"))).toBe("");
    expect(other.read("job")).toBe(box.read("job"));

    const job = ["--MT-file", other.path("job")];
    expect(await other.prints("AT", ...job)).toMatch(/^\S+$/);
    expect(await other.prints("AT", ...job, "-s", "openid", "nightly")).toMatch(/^\S+$/);
    expect(await other.fails("AT", ...job)).toMatch(/^usage_restricted: ./);

    const events = await other.printsTable("info", "history", ...job);
    expect(events.map(([event]) => event)).toEqual(
      expect.arrayContaining(["created", "inherited_RT", "transfer_code_created", "transfer_code_used", "AT_created"]),
    );
    expect(events.filter(([event]) => event === "AT_created")).toHaveLength(2);

    expect(await box.prints("revoke", "-r", ...root)).toBe("Token revoked");
    expect(await other.fails("info", "introspect", ...job)).toMatch(/^invalid_token: ./);
    expect(await box.fails("AT", ...root)).toMatch(/^invalid_token: ./);
    expect(claimsOf(other.read("job"))).toMatchObject({ name: "laptop:job" });
  });
}

/** The client cannot print one (clients §3). */
async function curlTransferCode(mytoken: string): Promise<string> {
  const headers = ["-H", "Content-Type: application/json"];
  const args = ["-sS", `${issuer()}/api/v0/token/transfer`, ...headers, "-d", JSON.stringify({ mytoken })];
  const { output, errors } = await new Program("curl", args, process.env).outcome();
  expect(errors).toBe("");
  const { transfer_code: code } = JSON.parse(output) as { transfer_code: string };
  return code;
}
