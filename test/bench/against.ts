/** Another mytoken server under the same load. It must be on this machine: no load goes anywhere else. */
import { readFileSync } from "node:fs";
import { exchangeFloor, type Floor } from "./floor.ts";
import type { Caller } from "./load.ts";
import type { Measured } from "./rounds.ts";
import {
  exchangeWith,
  INTROSPECTION_FLOOR,
  introspectionOf,
  METADATA_FLOOR,
  metadataOf,
  SUBTOKEN_FLOOR,
  subtokenOf,
} from "./subjects.ts";

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

/**
 * What can be measured from outside with mytokens that were given: they must not rotate, and have the capabilities AT,
 * tokeninfo and create_mytoken. Nobody here can know how often the other server commits: it is compared with our floors.
 */
export function againstSubjects({ server, tokens }: Other): readonly (Measured & { readonly floor: Floor })[] {
  const subject = (name: string, floor: Floor, callerWith: (token: string) => Caller) => ({
    name: `${name}, ${server.origin}`,
    floor,
    callers: tokens.map(callerWith),
    isElsewhere: true,
  });
  return [
    subject("exchange", exchangeFloor(1), (token) => exchangeWith(server, token)),
    subject("subtoken creation", SUBTOKEN_FLOOR, (token) => async () => {
      await subtokenOf(server, token);
    }),
    subject("introspection", INTROSPECTION_FLOOR, (token) => introspectionOf(server, token)),
    subject("metadata", METADATA_FLOOR, () => metadataOf(server)),
  ];
}
