/** What is measured, and which floor it is compared with: the one with as many commits. */
import { exchangeFloor, type Floor } from "./floor.ts";
import { call, type Caller, callFor } from "./load.ts";
import type { World } from "./world.ts";

export interface Subject {
  readonly name: string;
  readonly floor: Floor;
  /** Makes what `callers` callers need, each a login of its own. */
  readonly prepare: (world: World, callers: number) => Promise<readonly Caller[]>;
}

/** Clauses that somebody asks for who restricts in earnest; only the last one lets these calls through. */
const EIGHT_CLAUSES = [
  ...Array.from({ length: 7 }, (_, index) => ({ hosts: [`198.51.100.${index + 1}`], scope: "openid", usages_AT: 10 })),
  { scope: "openid profile email", usages_AT: 100_000_000 },
];

/**
 * Six commits, one after the other: the parent's use, the child in the family's register, the child itself, its
 * confirmation in the register, its row in the directory, and the note that it is there. No provider is asked.
 */
export const SUBTOKEN_FLOOR: Floor = { objects: 2, commits: 6, asksProvider: false };

/** One commit, the event. A root's object answers alone. (Reading the tags is none, but Miniflare syncs its D1 for it.) */
export const INTROSPECTION_FLOOR: Floor = { objects: 1, commits: 1, asksProvider: false };

/** A subtoken's object asks the register whether it is alive. */
export const INTROSPECTION_BELOW_FLOOR: Floor = { ...INTROSPECTION_FLOOR, objects: 2 };

export const METADATA_FLOOR: Floor = { objects: 0, commits: 0, asksProvider: false };

export const SUBJECTS: readonly Subject[] = [
  {
    name: "exchange, JWT",
    floor: exchangeFloor(1),
    prepare: (world, callers) => exchanges(world, callers, {}),
  },
  {
    name: "exchange, short token",
    floor: exchangeFloor(1),
    prepare: (world, callers) => exchanges(world, callers, { response_type: "short_token" }),
  },
  {
    name: "exchange, 8 clauses",
    floor: exchangeFloor(1),
    prepare: (world, callers) => exchanges(world, callers, { restrictions: EIGHT_CLAUSES }),
  },
  {
    name: "exchange, mytoken rotates",
    floor: exchangeFloor(2),
    prepare: (world, callers) => exchanges(world, callers, { rotation: { on_AT: true } }),
  },
  {
    name: "exchange, provider rotates",
    floor: exchangeFloor(2),
    prepare: (world, callers) => exchanges(world, callers, {}, "rotating"),
  },
  {
    name: "exchange, both rotate",
    floor: exchangeFloor(3),
    prepare: (world, callers) => exchanges(world, callers, { rotation: { on_AT: true } }, "rotating"),
  },
  { name: "subtoken creation", floor: SUBTOKEN_FLOOR, prepare: subtokens },
  { name: "introspection", floor: INTROSPECTION_FLOOR, prepare: introspections },
  { name: "metadata", floor: METADATA_FLOOR, prepare: metadata },
];

async function exchanges(world: World, callers: number, request: object, trait: "plain" | "rotating" = "plain") {
  return (await world.logins(callers, trait, request)).map((token) => exchangeWith(world.server, token));
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
  return (await world.logins(callers)).map((token) => async () => {
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
  return (await world.logins(callers)).map((token) => introspectionOf(world.server, token));
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
