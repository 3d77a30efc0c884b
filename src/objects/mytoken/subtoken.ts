/**
 * A mytoken from a mytoken (semantics §2, DESIGN §5). Durable after each step: the parent's use is reserved; the child is
 * made as `creation.ts` says; the parent rotated. A crash in between spends the use and leaves no child that anybody holds.
 */
import { nowSeconds } from "../../clock.ts";
import { confirmedNames } from "../../dns/reverse-names.ts";
import { done, refuse, type Result } from "../../errors.ts";
import type { ProviderSettings } from "../../provider/settings.ts";
import { newClaims } from "../../token/claims.ts";
import type { Clause } from "../../token/clause.ts";
import { type GrantedCapabilities, subtokenCapabilities } from "../../token/granted-capabilities.ts";
import type { ReverseNames } from "../../token/restriction/hosts.ts";
import { limitLifetime } from "../../token/restriction/lifetime.ts";
import { addressesToLookUp, tighten } from "../../token/restriction/tighten.ts";
import type { Rotation } from "../../token/rotation.ts";
import type { WantedTag } from "../../token/tag.ts";
import { createMytoken, type CreatedToken } from "../creation.ts";
import { deliver, type DeliveredToken, type WantedForm } from "../deliver.ts";
import type { MytokenContext } from "./context.ts";
import { perform, type Performed } from "./perform.ts";
import { reserve, type Reserved, type UseRequest } from "./reserve.ts";
import type { StoredToken } from "./schema.ts";

/** What is wanted of the child; empty lists and `null` are "not requested". */
export interface SubtokenRequest extends UseRequest, WantedForm {
  readonly name: string | null;
  /** Templates resolved, `this` replaced. */
  readonly restrictions: readonly Clause[];
  readonly capabilities: readonly string[];
  readonly subtokenCapabilities: readonly string[];
  readonly rotation: Rotation | null;
  readonly tags: readonly WantedTag[];
  /** Whether restrictions that cannot be given are refused, not corrected (Q1, DESIGN §8). */
  readonly errorOnRestrictions: boolean;
}

/** Names looked up for one request (DESIGN §4). */
const MAXIMUM_LOOKUPS = 5;

/** Makes a subtoken of the presented token. */
export function makeSubtoken(
  object: MytokenContext,
  request: SubtokenRequest,
): Promise<Result<Performed<DeliveredToken>>> {
  const comment = request.name ? `Created MT ${request.name}` : "Created MT";
  return perform(object, request, { operation: "subtoken", comment }, (reserved) =>
    makeChild(object, request, reserved),
  );
}

/** What `makeSubtoken` would give, for the consent page of `POST /c`: judged and not charged (DESIGN §4). */
export async function previewSubtoken(
  object: MytokenContext,
  request: SubtokenRequest,
): Promise<Result<SubtokenPreview>> {
  const reserved = await reserve(object, request, "subtoken_preview", null);
  if (!reserved.ok) return reserved;
  const { token: parent } = reserved.value.reservation;
  const wanted = await wantedOf(object, parent, request, nowSeconds());
  return wanted.ok ? done({ ...wanted.value, issuer: parent.oidc_iss, bound: boundOf(parent) }) : wanted;
}

/** What the child may have, out of what was wanted. */
interface ChildTerms extends GrantedCapabilities {
  readonly restrictions: readonly Clause[];
}

export interface SubtokenPreview extends ChildTerms {
  readonly issuer: string;
  /** What a subtoken of this parent may have at most. */
  readonly bound: readonly string[];
}

async function makeChild(
  object: MytokenContext,
  request: SubtokenRequest,
  { prepared, reservation }: Reserved,
): Promise<Result<DeliveredToken>> {
  const { token: parent } = reservation;
  if (!prepared.grantKey) throw new Error("a reserved use has a grant key");
  const now = nowSeconds();
  const terms = await wantedOf(object, parent, request, now);
  if (!terms.ok) return terms;
  const claims = await newClaims({
    issuer: object.config.issuer,
    oidcSub: parent.oidc_sub,
    oidcIss: parent.oidc_iss,
    name: request.name,
    capabilities: terms.value.capabilities,
    subtokenCapabilities: terms.value.subtoken_capabilities ?? null,
    restrictions: terms.value.restrictions,
    rotation: request.rotation,
    authTime: parent.auth_time,
    now,
  });
  const created = await createMytoken(object, {
    grantId: parent.grant_id,
    grantKey: prepared.grantKey,
    parent: parent.mom_id,
    claims,
    caller: request.caller,
    tags: request.tags,
    events: [
      { name: "created", comment: "Used grant_type mytoken" },
      { name: "inherited_RT", comment: "Got RT from parent" },
    ],
  });
  return created.ok ? handedOut(object, created.value, request) : created;
}

/** The child in the wanted form. One that cannot be handed out ends at once: nobody would ever hold it. */
async function handedOut(
  object: MytokenContext,
  child: CreatedToken,
  request: SubtokenRequest,
): Promise<Result<DeliveredToken>> {
  const end = (): Promise<void> => object.mytoken(child.momId).end(true, null);
  try {
    const delivered = await deliver(object, child, request, request.caller);
    if (!delivered.ok) await end();
    return delivered;
  } catch (error) {
    await end();
    throw error;
  }
}

/** Restrictions, then capabilities, as far as parent and provider allow them (semantics §2.1). */
async function wantedOf(
  object: MytokenContext,
  parent: StoredToken,
  request: SubtokenRequest,
  now: number,
): Promise<Result<ChildTerms>> {
  const settings = object.config.providers.find(({ issuer }) => issuer === parent.oidc_iss);
  if (!settings) return refuse({ reason: "unsupported_issuer" });
  const clauses = await childClauses(object, settings, parent, request, now);
  if (!clauses.ok) return clauses;
  const granted = subtokenCapabilities(
    {
      capabilities: parent.capabilities,
      ...(parent.subtoken_capabilities ? { subtoken_capabilities: parent.subtoken_capabilities } : {}),
    },
    { capabilities: request.capabilities, subtoken_capabilities: request.subtokenCapabilities },
  );
  if (granted === null) return refuse({ reason: "no_capabilities_left" });
  return done({ ...granted, restrictions: clauses.value });
}

function boundOf(parent: StoredToken): readonly string[] {
  return parent.subtoken_capabilities ?? parent.capabilities;
}

/** The provider's maximum lifetime, then the parent's clauses, then the maximum again for what the parent lends (semantics §2.1, §2.4). */
async function childClauses(
  object: MytokenContext,
  settings: ProviderSettings,
  parent: StoredToken,
  request: SubtokenRequest,
  now: number,
): Promise<Result<readonly Clause[]>> {
  const maximumSeconds = settings.max_lifetime;
  const limited = limitLifetime(request.restrictions, maximumSeconds, now);
  if (limited.cut !== null && request.errorOnRestrictions) {
    return refuse({ reason: "lifetime_exceeded", maximumSeconds });
  }
  const names = await namesOf(object, addressesToLookUp(parent.restrictions, limited.clauses));
  const { clauses, dropped } = tighten(parent.restrictions, limited.clauses, names);
  if (dropped && request.errorOnRestrictions && request.restrictions.length > 0) {
    return refuse({ reason: "restrictions_not_tighter", ...dropped });
  }
  return done(limitLifetime(clauses, maximumSeconds, now).clauses);
}

async function namesOf(object: MytokenContext, addresses: readonly string[]): Promise<ReverseNames> {
  const asked = addresses.slice(0, MAXIMUM_LOOKUPS);
  const names = await Promise.all(asked.map((address) => confirmedNames(object.config.dnsOverHttpsUrl, address)));
  return new Map(asked.map((address, index) => [address, names[index] ?? []]));
}
