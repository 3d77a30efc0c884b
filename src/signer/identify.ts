/** Which mytoken a presented text is: the edge's part of the walk (DESIGN §4). Forgeries end here and reach no object. */
import type { Config } from "../config.ts";
import { sha256Text } from "../crypto/hash.ts";
import { looksLikeJwt, parseShortToken } from "../token/ids.ts";
import { verifyMytoken } from "./verify.ts";

/** A token whose signature or keyed check is ours; its object judges everything else. */
export interface Identified {
  /** Names the object. */
  readonly momId: string;
  /** SHA-256 of the text as it was presented, base64url. */
  readonly textHash: string;
  readonly presented:
    | { readonly form: "token"; readonly text: string; readonly hash: string; readonly seqNo: number }
    | { readonly form: "short_token"; readonly secret: string };
}

export type Identification =
  | { readonly ok: true; readonly token: Identified }
  /** `unknown_short_token`: no JWT, and no short token of ours (QUIRK-09). */
  | { readonly ok: false; readonly kind: "unknown_short_token" | "invalid_jwt"; readonly description: string };

/** Tells JWT from short token by form, whatever the length of a signature (QUIRK-08). `beforeItsTime` as in `verifyMytoken`. */
export async function identify(
  config: Config,
  text: string,
  now: number,
  beforeItsTime = false,
): Promise<Identification> {
  if (!looksLikeJwt(text)) {
    const short = await parseShortToken(config.pepper, text);
    if (!short) return { ok: false, kind: "unknown_short_token", description: "token not valid" };
    const presented = { form: "short_token", secret: short.secret } as const;
    return { ok: true, token: { momId: short.momId, textHash: await sha256Text(text), presented } };
  }
  const verification = await verifyMytoken(config, text, now, beforeItsTime);
  if (!verification.ok) return { ok: false, kind: "invalid_jwt", description: verification.description };
  const { momId, textHash, claims } = verification.token;
  const presented = { form: "token", text, hash: textHash, seqNo: claims.seq_no } as const;
  return { ok: true, token: { momId, textHash, presented } };
}
