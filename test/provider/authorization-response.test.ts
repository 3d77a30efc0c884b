import { describe, expect, it } from "vitest";
import { readAuthorizationResponse } from "../../src/provider/authorization-response.ts";

const issuer = "https://op.example";
const announcing = { issuer, authorization_response_iss_parameter_supported: true };

function read(query: string, server = announcing) {
  return readAuthorizationResponse(server, "id", new URLSearchParams(query), "S");
}

describe("readAuthorizationResponse", () => {
  it("gives the code", () => {
    const answer = read(`code=C&state=S&iss=${issuer}`);
    expect(answer).toMatchObject({ outcome: "code" });
    expect(answer.outcome === "code" && answer.parameters.get("code")).toBe("C");
  });

  it("needs no iss where the provider announces none, but checks it", () => {
    const silent = { issuer, authorization_response_iss_parameter_supported: false };
    expect(read("code=C&state=S", silent)).toMatchObject({ outcome: "code" });
    expect(read("code=C&state=S&iss=https://evil.example", silent)).toMatchObject({ outcome: "invalid" });
  });

  it("passes on the provider's error", () => {
    expect(read(`error=access_denied&error_description=no&state=S&iss=${issuer}`)).toEqual({
      outcome: "declined",
      error: "access_denied",
      error_description: "no",
    });
    expect(read(`error=server_error&state=S&iss=${issuer}`)).toEqual({ outcome: "declined", error: "server_error" });
  });

  it.each([
    ["another state", `code=C&state=T&iss=${issuer}`],
    ["no state", `code=C&iss=${issuer}`],
    ["two states", `code=C&state=S&state=S&iss=${issuer}`],
    ["two codes", `code=C&code=D&state=S&iss=${issuer}`],
    ["another issuer", "code=C&state=S&iss=https://evil.example"],
    ["another spelling of the issuer", `code=C&state=S&iss=${issuer}/`],
    ["no issuer", "code=C&state=S"],
    ["an error from another issuer", "error=access_denied&state=S&iss=https://evil.example"],
    ["an error for another state", `error=access_denied&state=T&iss=${issuer}`],
    ["neither code nor error", `state=S&iss=${issuer}`],
    ["an empty code", `code=&state=S&iss=${issuer}`],
    ["a response of the implicit flow", `code=C&id_token=T&state=S&iss=${issuer}`],
    ["a response as JWT", `response=T&state=S&iss=${issuer}`],
  ])("refuses %s", (_name, query) => {
    expect(read(query)).toMatchObject({ outcome: "invalid", detail: expect.any(String) });
  });
});
