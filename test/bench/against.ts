/** Another mytoken server under the same load. It must be on this machine: no load goes anywhere else. */
import { readFileSync } from "node:fs";
import type { Pair } from "./rounds.ts";
import { exchangeWith, floorCallers, introspectionOf, metadataOf } from "./subjects.ts";
import type { World } from "./world.ts";

export interface Other {
  readonly server: URL;
  /** Mytokens of it, one for each caller. */
  readonly tokens: readonly string[];
}

/** `address` is its issuer, `file` holds a mytoken in each line. */
export function otherServer(address: string, file: string | undefined): Other {
  const server = new URL(address);
  if (!["localhost", "127.0.0.1", "[::1]"].includes(server.hostname)) {
    throw new Error(`--against ${address}: only servers on this machine (localhost, 127.0.0.1, ::1) are measured`);
  }
  if (file === undefined) throw new Error("--against needs --tokens FILE, with a mytoken of that server in each line");
  const tokens = readFileSync(file, "utf8").split(/\s+/).filter(Boolean);
  if (tokens.length === 0) throw new Error(`--tokens ${file}: there is none`);
  return { server, tokens };
}

export function againstPairs(world: World, { server, tokens }: Other): readonly Pair[] {
  const pair = (name: string, commits: 0 | 1, callers: Pair["callers"]): Pair => ({
    name: `${name}, ${server.origin}`,
    callers,
    floor: floorCallers(world, commits, callers.length),
    floorName: floorName(commits),
    isElsewhere: true,
  });
  return [
    pair(
      "exchange",
      1,
      tokens.map((token) => exchangeWith(server, token)),
    ),
    pair(
      "introspection",
      1,
      tokens.map((token) => introspectionOf(server, token)),
    ),
    pair(
      "metadata",
      0,
      tokens.map(() => metadataOf(server)),
    ),
  ];
}

/** How a floor is called in tables. */
export function floorName(commits: number): string {
  return commits === 0 ? "no object" : `${commits} ${commits === 1 ? "commit" : "commits"}`;
}
