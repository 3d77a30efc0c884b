/**
 * The making of a token (DESIGN §5), run inside the parent's object or the Authorization object. Order, and what a crash
 * leaves: (1) the Grant enters it as joining: a row that is dropped when its time is over; (2) its object exists: erased by
 * the Grant with that row; (3) confirmed: alive; (4) shown in the directory, or later by its own alarm.
 */
import type { Config } from "../config.ts";
import { sha256Text } from "../crypto/hash.ts";
import { randomUuid } from "../crypto/random.ts";
import { sealUnderText } from "../crypto/seal.ts";
import { done, refuse, type Result } from "../errors.ts";
import { signMytoken } from "../signer/sign.ts";
import type { Caller } from "../token/caller.ts";
import type { MytokenClaims } from "../token/claims.ts";
import { momIdOf } from "../token/ids.ts";
import type { WantedTag } from "../token/tag.ts";
import type { Grant } from "./grant/grant.ts";
import type { CreateRequest } from "./mytoken/create.ts";
import type { Mytoken } from "./mytoken/mytoken.ts";
import { GRANT_KEY_PURPOSE } from "./mytoken/schema.ts";

/** How the creator reaches the other objects. */
export interface FamilyObjects {
  readonly config: Config;
  readonly grant: (grantId: string) => DurableObjectStub<Grant>;
  readonly mytoken: (momId: string) => DurableObjectStub<Mytoken>;
}

export interface NewToken {
  readonly grantId: string;
  readonly grantKey: Uint8Array<ArrayBuffer>;
  readonly parent: string | null;
  /** `jti` is drawn here, and stored nowhere. */
  readonly claims: Omit<MytokenClaims, "jti">;
  readonly caller: Caller;
  readonly events: CreateRequest["events"];
  readonly tags: readonly WantedTag[];
  readonly email?: CreateRequest["email"];
}

/** A token that was made and is alive. */
export interface CreatedToken {
  readonly text: string;
  readonly momId: string;
  readonly claims: MytokenClaims;
}

/** Makes a token. Refused if its parent or its grant ended before it was confirmed; then nothing of it is left. */
export async function createMytoken(objects: FamilyObjects, token: NewToken): Promise<Result<CreatedToken>> {
  const jti = randomUuid();
  const momId = await momIdOf(jti);
  const claims: MytokenClaims = { ...token.claims, jti };
  const text = await signMytoken(objects.config, claims);
  const request: CreateRequest = {
    momId,
    parent: token.parent,
    grantId: token.grantId,
    textHash: await sha256Text(text),
    wrappedKey: await sealUnderText(text, token.grantKey, GRANT_KEY_PURPOSE),
    claims: token.claims,
    caller: token.caller,
    events: token.events,
    tags: token.tags,
    ...(token.email === undefined ? {} : { email: token.email }),
  };
  const grant = objects.grant(token.grantId);
  const object = objects.mytoken(momId);
  if (!(await grant.join(momId, token.parent))) return refuse({ reason: "token_ended", how: "revoked" });
  try {
    await object.create(request);
    if (!(await grant.confirm(momId))) {
      await object.erase();
      return refuse({ reason: "token_ended", how: "revoked" });
    }
  } catch (error) {
    // Whether a step whose answer was lost was done, nobody knows. Nobody will hold the token, so it ends.
    await grant.revoke({ momId, recursive: true, grantKey: null });
    throw error;
  }
  // Whatever happens here, the token's own alarm repeats.
  await object.publish().catch(() => undefined);
  return done({ text, momId, claims });
}
