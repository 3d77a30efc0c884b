/** The rooms of DESIGN §7: a forbidden arrow fails the build. The table is in arrows.ts. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { faultsIn, roomOf } from "./node/arrows.ts";

const ROOT = join(import.meta.dirname, "..");

function sources(): Map<string, string> {
  const paths = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" });
  const modules = paths
    .filter((path) => /(?<!\.d)\.tsx?$/.test(path))
    .map((path) => `src/${path.replaceAll("\\", "/")}`);
  return new Map(modules.sort().map((path) => [path, readFileSync(join(ROOT, path), "utf8")]));
}

it("holds for the sources", () => {
  expect(faultsIn(sources())).toEqual([]);
});

it("looks at all of them", () => {
  expect(sources().size).toBeGreaterThan(30);
  expect(roomOf("src/endpoints/jwks/route.ts")).toBe("route");
  expect(roomOf("src/endpoints/discovery/document.ts")).toBe("verb");
  expect(roomOf("src/config/parse.ts")).toBe("config");
});

describe("a fabricated fault is found, and named with both files:", () => {
  const found = (files: Readonly<Record<string, string>>) => faultsIn(new Map(Object.entries(files)));

  it.each([
    ["src/objects/grant/grant.ts", "../../http/body.ts", "no arrow goes from objects to http"],
    ["src/objects/grant/grant.ts", "../../endpoints/jwks/keys.ts", "no arrow goes from objects to verb"],
    ["src/objects/grant/grant.ts", "../../web/home-page.tsx", "no arrow goes from objects to web"],
    ["src/endpoints/jwks/keys.ts", "../../http/context.ts", "no arrow goes from verb to http"],
    ["src/endpoints/jwks/request.ts", "../../web/home-page.tsx", "no arrow goes from request to web"],
    ["src/endpoints/jwks/route.ts", "../discovery/document.ts", "endpoints do not know each other"],
    ["src/endpoints/jwks/keys.ts", "./route.ts", "a verb knows no route"],
    ["src/token/judge.ts", "../clock.ts", "no arrow goes from token to clock"],
    ["src/token/judge.ts", "../signer/sign.ts", "no arrow goes from token to signer"],
    ["src/crypto/seal.ts", "../token/ids.ts", "no arrow goes from crypto to token"],
    ["src/provider/refresh.ts", "../config.ts", "no arrow goes from provider to config"],
    ["src/errors.ts", "./http/context.ts", "no arrow goes from errors to http"],
    ["src/app.ts", "./objects/mytoken/mytoken.ts", "no arrow goes from app to objects"],
    ["src/web/home-page.tsx", "../http/context.ts", "no arrow goes from web to http"],
  ])("%s → %s", (from, to, why) => {
    const target = new URL(to, `file:///${from}`).pathname.slice(1);
    const expected = [`${from} must not import ${target}: ${why}`];
    expect(found({ [from]: `import { x } from "${to}";\n` })).toEqual(expected);
    expect(found({ [from]: `import type {\n  X,\n} from "${to}";\n` })).toEqual(expected);
    expect(found({ [from]: `export * from '${to}';\n` })).toEqual(expected);
    expect(found({ [from]: `const { x } = await import("${to}");\n` })).toEqual(expected);
  });

  it.each([
    ["src/objects/grant/grant.ts", "hono/jsx", "hono is not for objects"],
    ["src/endpoints/jwks/keys.ts", "hono", "hono is not for verb"],
    ["src/signer/sign.ts", "oauth4webapi", "oauth4webapi is not for signer"],
    ["src/token/claims.ts", "jose", "jose is not for token"],
    ["src/http/caller.ts", "cloudflare:workers", "cloudflare:workers is not for http"],
  ])("%s → package %s", (from, to, why) => {
    expect(found({ [from]: `import { x } from "${to}";\n` })).toEqual([`${from} must not import ${to}: ${why}`]);
  });

  it("circles", () => {
    const circle = { "src/token/a.ts": 'import "./b.ts";\n', "src/token/b.ts": 'export { a } from "./a.ts";\n' };
    expect(found(circle)).toEqual(["a circle of imports: src/token/a.ts → src/token/b.ts → src/token/a.ts"]);
  });

  it("but not circles of types alone", () => {
    const types = { "src/token/a.ts": 'import type { B } from "./b.ts";\n', "src/token/b.ts": 'import "./a.ts";\n' };
    expect(found(types)).toEqual([]);
  });

  it("time and chance from anywhere", () => {
    expect(found({ "src/token/a.ts": "const now = Date.now();\n" })).toEqual([
      "src/token/a.ts must take time from src/clock.ts",
    ]);
    expect(found({ "src/token/a.ts": "const now = new Date();\n" })).toHaveLength(1);
    expect(found({ "src/objects/a.ts": "const x = Math.random();\n" })).toEqual([
      "src/objects/a.ts must take chance from src/crypto/random.ts",
    ]);
    expect(found({ "src/objects/a.ts": "const x = crypto.randomUUID();\n" })).toHaveLength(1);
    expect(found({ "src/token/a.ts": "// Date.now() would be wrong here.\n/* Math.random() */\n" })).toEqual([]);
  });

  it("long files, vague names, unknown rooms", () => {
    expect(found({ "src/token/a.ts": "\n".repeat(250) })).toEqual([]);
    expect(found({ "src/token/a.ts": "\n".repeat(251) })).toEqual(["src/token/a.ts has 251 lines, more than 250"]);
    for (const path of [
      "src/token/utils.ts",
      "src/token/helpers/x.ts",
      "src/objects/token-manager.ts",
      "src/http/common.ts",
    ]) {
      expect(found({ [path]: "" }), path).toHaveLength(1);
    }
    expect(found({ "src/lib/a.ts": "" })).toEqual([
      "src/lib/a.ts stands in no room of the table in test/node/arrows.ts",
    ]);
  });
});
