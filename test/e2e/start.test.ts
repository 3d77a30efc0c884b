/** `npm start`, followed by the lines of README.md, pasted into a shell. */
import { readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { logIn } from "../../scripts/local/browser.mjs";
import { exampleFor } from "../../scripts/local/example.mjs";
import { freePort } from "../../scripts/local/ports.mjs";
import { endPrograms, Program, ROOT, runScript } from "./programs.ts";

/** What servers kept that were started here. */
const folders: string[] = [];

afterAll(async () => {
  await endPrograms();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** The commands under "Try it". */
function readmeCommands(): string[] {
  const [, section = ""] = /^## Try it$([\s\S]*?)^## /m.exec(readFileSync(join(ROOT, "README.md"), "utf8")) ?? [];
  return [...section.matchAll(/^```sh\n([\s\S]*?)\n```$/gm)].map(([, commands = ""]) => commands);
}

it("README.md shows what npm start prints", () => {
  const printed = exampleFor("http://localhost:8787", "http://localhost:8788");
  expect(readmeCommands()).toEqual(["npm start", ...printed.map(({ commands }) => commands)]);
});

it("README.md leads to an access token", { timeout: 120_000 }, async () => {
  const [port, providerPort] = [await freePort(), await freePort()];
  folders.push(join(ROOT, `.local/${port}`));
  const server = runScript("start.mjs", "--port", String(port), "--provider-port", String(providerPort));
  await server.says(/Ctrl-C ends both/);
  const [start = "", collect = "", use = ""] = readmeCommands()
    .slice(1)
    .map((commands) => commands.replaceAll("localhost:8787", `localhost:${port}`))
    .map((commands) => commands.replaceAll("localhost:8788", `localhost:${providerPort}`));

  const shell = new Program("bash", []);
  shell.type(`${start}\n`);
  const [, consentUri = ""] = await shell.says(/^Open in a browser: (\S+)$/m);
  expect(await logIn(consentUri, "bob")).toBe("Success");
  shell.type(`${collect}\n${use}\nexit\n`);
  expect(await shell.status()).toBe(0);
  expect(shell.output).toMatch(/^ey[\w-]+\.[\w-]+\.[\w-]+$/m);
  expect(shell.output).toMatch(/\{"sub":"bob",.*\}$/);

  server.signal("SIGINT");
  expect(await server.status()).toBe(0);
  expect(server.leftovers()).toEqual([]);
});

describe("refuses", () => {
  const listen = (host: string): Promise<Server & { port: number }> =>
    new Promise((resolve, reject) => {
      const server = createServer();
      server.once("error", reject);
      server.listen(0, host, () => {
        const address = server.address();
        resolve(Object.assign(server, { port: typeof address === "object" ? (address?.port ?? 0) : 0 }));
      });
    });

  it.each([["--port"], ["--provider-port"]])("a taken port for %s", { timeout: 30_000 }, async (option) => {
    const taken = await listen("127.0.0.1");
    const other = option === "--port" ? "--provider-port" : "--port";
    const program = runScript("start.mjs", option, String(taken.port), other, String(await freePort()));
    expect(await program.status()).toBe(1);
    expect(program.output).toContain(`port ${taken.port} is taken (on 127.0.0.1): choose another with ${option}`);
    taken.close();
  });

  it.each([
    [["--prot", "1"], "Unknown option '--prot'"],
    [["8787"], "Unexpected argument '8787'"],
    [["--port", "http"], "--port must be a port"],
    [["--port", "70000"], "--port must be a port"],
    [["--port", "9000", "--provider-port", "9000"], "must differ"],
  ])("%j", { timeout: 30_000 }, async (args, why) => {
    const program = runScript("start.mjs", ...args);
    expect(await program.status()).toBe(1);
    expect(program.output).toContain(why);
  });
});
