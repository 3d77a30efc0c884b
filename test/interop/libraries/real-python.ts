/** libmytoken itself, where it is installed. */
import { expect, it } from "vitest";
import { rootToken } from "../login.ts";
import { Program, realClient } from "../programs.ts";
import { issuer } from "../server.ts";

const PYTHON = realClient({
  what: "Python with libmytoken",
  variable: "MYTOKEN_PYTHON",
  name: "python3",
  args: ["-c", "import importlib.metadata as m, libmytoken; print('libmytoken', m.version('libmytoken'))"],
  version: /^libmytoken (\S+)/m,
});

const SCRIPT = `
import os, libmytoken
mytoken = os.environ["MYTOKEN"]
server = libmytoken.get_mytoken_server(os.environ["ISSUER"])
print("direct", server.AccessToken.get(mytoken, scopes=["openid"], comment="from python") != "")
print("from the claims", libmytoken.get_access_token_from_jwt_mytoken(mytoken) != "")
try:
    server.AccessToken.get("x" * 64)
except libmytoken.MytokenError as error:
    print("refused", str(error).split(":")[0])
`;

export function realPythonTests(): void {
  it.skipIf(PYTHON === null)("libmytoken gets access tokens", async () => {
    const env = { ...process.env, MYTOKEN: await rootToken({}), ISSUER: issuer() };
    const { status, output, errors } = await new Program(PYTHON?.path ?? "", ["-c", SCRIPT], env).outcome();
    expect({ status, errors }).toEqual({ status: 0, errors: "" });
    expect(output).toBe("direct True\nfrom the claims True\nrefused invalid_token\n");
  });
}
