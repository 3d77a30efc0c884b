/** The request for a token: itself a profile, and filled up from the profiles that it includes (semantics §5.4). */
import * as v from "valibot";
import type { Rotation } from "../rotation.ts";
import { resolveContent } from "./content.ts";
import { isObject, membersOf, type JsonObject } from "./merge.ts";
import { capabilitiesIn, restrictionsIn, rotationIn } from "./resolve.ts";
import type { TemplateLookup } from "./template.ts";
import { Walk, type Resolution } from "./walk.ts";

const plainMembers = v.object({
  oidc_issuer: v.exactOptional(v.string()),
  grant_type: v.exactOptional(v.string()),
  name: v.exactOptional(v.string()),
  response_type: v.exactOptional(v.string()),
  max_token_len: v.exactOptional(v.pipe(v.number(), v.safeInteger())),
  application_name: v.exactOptional(v.string()),
});

/** What a request asks for once its profiles and templates are replaced. Absent members were not requested. */
export interface Profile extends Readonly<v.InferOutput<typeof plainMembers>> {
  /** Objects that still have to be parsed as clauses. */
  readonly restrictions?: readonly JsonObject[];
  readonly capabilities?: readonly string[];
  readonly subtoken_capabilities?: readonly string[];
  readonly rotation?: Rotation;
  /** Newer members, as they came: lists, if they are well-formed. */
  readonly tags?: unknown;
  readonly subscribe_notifications?: unknown;
}

/**
 * The profile that a request body (parsed JSON: an object, or the names of profiles) comes down to. Members that only
 * the body itself may have, such as `mytoken`, are not in it. Refuses what is no object, and members of a wrong type.
 */
export function resolveProfile(body: unknown, lookup: TemplateLookup): Resolution<Profile> {
  const walk = new Walk(lookup);
  return walk.resolution(profileIn(walk, body));
}

function profileIn(walk: Walk, body: unknown): Profile {
  const resolved = resolveContent(walk, "profiles", body) ?? {};
  if (!isObject(resolved)) return walk.refuse("a profile must be an object") ?? {};

  const members = membersOf(walk, resolved);
  const plain = v.safeParse(plainMembers, Object.fromEntries(members));
  if (!plain.success) return walk.refuse(`wrong type of value: '${v.getDotPath(plain.issues[0])}'`) ?? {};
  return {
    ...plain.output,
    ...present("restrictions", restrictionsIn(walk, members.get("restrictions"))),
    ...present("capabilities", capabilitiesIn(walk, members.get("capabilities"))),
    ...present("subtoken_capabilities", capabilitiesIn(walk, members.get("subtoken_capabilities"))),
    ...present("rotation", rotationIn(walk, members.get("rotation"))),
    ...present("tags", members.get("tags")),
    ...present("subscribe_notifications", members.get("subscribe_notifications")),
  };
}

function present<Key extends string, Value>(key: Key, value: Value | undefined): { readonly [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]: Value });
}
