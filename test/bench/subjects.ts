/** What is measured, and which floor it is compared with: the one with as many commits. */
import { call, type Caller, callFor } from "./load.ts";
import type { World } from "./world.ts";

export interface Subject {
  readonly name: string;
  /** Commits of the floor that it is compared with. */
  readonly floor: 0 | 1 | 2 | 3;
  /** Makes what `callers` callers need, each a login of its own. */
  readonly prepare: (world: World, callers: number) => Promise<readonly Caller[]>;
}

/** Clauses that somebody asks for who restricts in earnest; only the last one lets these calls through. */
const EIGHT_CLAUSES = [
  ...Array.from({ length: 7 }, (_, index) => ({ hosts: [`198.51.100.${index + 1}`], scope: "openid", usages_AT: 10 })),
  { scope: "openid profile email", usages_AT: 100_000_000 },
];

export const SUBJECTS: readonly Subject[] = [
  { name: "exchange, JWT", floor: 1, prepare: (world, callers) => exchanges(world, callers, {}) },
  {
    name: "exchange, short token",
    floor: 1,
    prepare: (world, callers) => exchanges(world, callers, { response_type: "short_token" }),
  },
  {
    name: "exchange, 8 clauses",
    floor: 1,
    prepare: (world, callers) => exchanges(world, callers, { restrictions: EIGHT_CLAUSES }),
  },
  {
    name: "exchange, mytoken rotates",
    floor: 2,
    prepare: (world, callers) => exchanges(world, callers, { rotation: { on_AT: true } }),
  },
  {
    name: "exchange, provider rotates",
    floor: 2,
    prepare: (world, callers) => exchanges(world, callers, {}, "rotating"),
  },
  {
    name: "exchange, both rotate",
    floor: 3,
    prepare: (world, callers) => exchanges(world, callers, { rotation: { on_AT: true } }, "rotating"),
  },
  { name: "subtoken creation", floor: 3, prepare: subtokens },
  { name: "introspection", floor: 1, prepare: introspections },
  { name: "metadata", floor: 0, prepare: metadata },
];

/** Callers of the bare Worker, each with objects of its own. */
export function floorCallers({ floor }: World, commits: number, callers: number): readonly Caller[] {
  return Array.from({ length: callers }, (_, index) => {
    const address = new URL(`/${commits}/caller-${index}`, floor);
    return async () => {
      await callFor(address, { grant_type: "mytoken" });
    };
  });
}

async function logins(world: World, count: number, request: object, trait: "plain" | "rotating" = "plain") {
  const tokens: string[] = [];
  for (let index = 0; index < count; index++) tokens.push(await world.login(trait, request));
  return tokens;
}

async function exchanges(world: World, callers: number, request: object, trait: "plain" | "rotating" = "plain") {
  return (await logins(world, callers, request, trait)).map((token) => exchangeWith(world.server, token));
}

/** Exchanges a mytoken again and again, following its rotation. */
export function exchangeWith(server: URL, token: string): Caller {
  const address = new URL("/api/v0/token/access", server);
  let mytoken = token;
  return async () => {
    const answer = await callFor(address, { grant_type: "mytoken", mytoken });
    if (typeof answer["access_token"] !== "string") throw new Error("no access token");
    const update = answer["token_update"] as { mytoken?: string } | undefined;
    mytoken = update?.mytoken ?? mytoken;
  };
}

async function subtokens(world: World, callers: number): Promise<readonly Caller[]> {
  return (await logins(world, callers, {})).map((token) => async () => {
    await subtokenOf(world.server, token);
  });
}

/** A subtoken that may do what its parent may. */
export async function subtokenOf(server: URL, parent: string): Promise<string> {
  const request = { grant_type: "mytoken", mytoken: parent, capabilities: ["AT", "tokeninfo", "create_mytoken"] };
  const { mytoken } = await callFor(new URL("/api/v0/token/my", server), request);
  return String(mytoken);
}

async function introspections(world: World, callers: number): Promise<readonly Caller[]> {
  return (await logins(world, callers, {})).map((token) => introspectionOf(world.server, token));
}

export function introspectionOf(server: URL, mytoken: string): Caller {
  const address = new URL("/api/v0/tokeninfo", server);
  return async () => {
    const answer = await callFor(address, { action: "introspect", mytoken });
    if (answer["valid"] !== true) throw new Error("not valid");
  };
}

function metadata({ server }: Pick<World, "server">, callers: number): Promise<readonly Caller[]> {
  const caller = metadataOf(server);
  return Promise.resolve(Array.from({ length: callers }, () => caller));
}

export function metadataOf(server: URL): Caller {
  const address = new URL("/.well-known/mytoken-configuration", server);
  return async () => {
    const { status } = await call(address, null);
    if (status !== 200) throw new Error(`status ${status}`);
  };
}
