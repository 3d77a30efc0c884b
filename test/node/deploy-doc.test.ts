/** docs/DEPLOY.md: its secrets are what the Worker wants, and the files and commands that it names exist. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
/** What it imports knows types of Workers, which are not Node's. */
const PARSER: string = "../../src/config/parse.ts";
const page = readFileSync(join(ROOT, "docs/DEPLOY.md"), "utf8");

it("is done in ten steps", () => {
  const steps = page.split("\n## ").find((section) => section.startsWith("Ten steps")) ?? "";
  expect([...steps.matchAll(/^\d+\. \*\*/gm)]).toHaveLength(10);
});

interface Parser {
  parseConfig(settings: object): { readonly providers: readonly { readonly client_secret: string }[] };
}

it("makes secrets that the Worker takes", async () => {
  const parser = (await import(PARSER)) as Parser;
  const script = /node -e '\n(.+?)' > /s.exec(page)?.[1] ?? "";
  const made = execFileSync(process.execPath, ["-e", script], { encoding: "utf8" });
  const secrets = JSON.parse(made) as Record<string, string>;
  expect(Object.keys(secrets)).toEqual(["SIGNING_KEYS", "PEPPER", "PROVIDER_SECRETS"]);
  const providers = /PROVIDERS = '''(.+?)'''/s.exec(page)?.[1] ?? "";
  const issuer = /ISSUER = "(.+?)"/.exec(page)?.[1];
  const config = parser.parseConfig({ ISSUER: issuer, PROVIDERS: providers, ...secrets });
  expect(config).toMatchObject({ issuer: "https://mytoken.example.org", deployed: true, warnings: [] });
  expect(config.providers[0]?.client_secret).toBe("its client secret");
});

it("names files that exist", () => {
  const named = [...page.matchAll(/`((?:test|src|migrations)\/[\w./*-]+)`/g)].map(([, path = ""]) => path);
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((path) => !path.includes("*") && !existsSync(join(ROOT, path)))).toEqual([]);
});

it.each([
  ...new Set(
    [...page.matchAll(/npx (wrangler [a-z0-9 -]+?) (?=[A-Z"'.<]|--|mytoken|rebuild|\.\.)/g)].map(
      ([, command = ""]) => command,
    ),
  ),
])("%s is a command with those options", { timeout: 60_000 }, (command) => {
  const [, ...words] = command.split(" ");
  const wrangler = join(ROOT, "node_modules/wrangler/bin/wrangler.js");
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_WRITE_LOGS: "false" };
  const help = execFileSync(process.execPath, [wrangler, ...words, "--help"], { env, encoding: "utf8", stdio: "pipe" });
  expect(help).toContain(command);
  const used = [...page.matchAll(new RegExp(`npx ${command} ([^\\n\`]*)`, "g"))].flatMap(
    ([, rest = ""]) => rest.match(/--[a-z-]+/g) ?? [],
  );
  for (const option of used) expect(help, option).toContain(option);
});
