/**
 * A mytoken becomes an access token (DESIGN §4): prepare, begin, the Grant's refresh, finish. One commit where nothing
 * rotates; what each step leaves durable is said in the file of the step.
 */
import { done, refuse, type Refusal, type Result } from "../../errors.ts";
import { logAnsweredFailure } from "../../log.ts";
import type { Granted } from "../../provider/answer.ts";
import type { ProviderSettings } from "../../provider/settings.ts";
import { checkAnswer } from "../../token/answer-check.ts";
import { fillRequest, type ScopeAndAudience } from "../../token/restriction/fill.ts";
import type { RefreshOutcome } from "../grant/refresh.ts";
import { giveBack } from "./begin.ts";
import type { MytokenContext } from "./context.ts";
import { isTokenAlive, type Reserved, reserve, type UseRequest } from "./reserve.ts";
import { type IssuedToken, rotateAfter } from "./rotate.ts";

/** An access token for the caller, in the provider's words. */
export interface AccessToken {
  readonly accessToken: string;
  readonly tokenType: string;
  /** Seconds; 0 if the provider did not say. */
  readonly expiresIn: number;
  readonly scope: string;
  /** `aud` of the access token if it is a JWT. */
  readonly audience: readonly string[] | null;
  /** What it holds beyond the clause, for the log. */
  readonly reported: readonly string[];
  readonly tokenUpdate: IssuedToken | null;
}

const HINT = "the login at the provider may have ended: log in again for a new mytoken";

/** Exchanges a presented token for an access token. Its use is given back exactly when nothing was handed out. */
export async function exchange(object: MytokenContext, request: UseRequest): Promise<Result<AccessToken>> {
  const reserved = await reserve(object, request, "access_token", "Used grant_type mytoken");
  if (!reserved.ok) return refuse(await firstRefusal(object, reserved.refusal));
  const { reservation } = reserved.value;
  const settings = object.config.providers.find(({ issuer }) => issuer === reservation.token.oidc_iss);
  const granted = settings
    ? await askGrant(object, settings, request, reserved.value)
    : refuse({ reason: "unsupported_issuer" });
  const finished = granted.ok ? await finish(object, request, reserved.value, granted.value) : granted;
  if (!finished.ok) giveBack(object.storage, reservation);
  return finished;
}

/**
 * That a token ended comes before every other refusal (DESIGN §4). Of one that ended with its parent only the register
 * knows at once, and the exchange asks it only where nothing else asks.
 */
async function firstRefusal(object: MytokenContext, refusal: Refusal): Promise<Refusal> {
  const alive = refusal.reason === "temporarily_unavailable" || (await isTokenAlive(object));
  return alive ? refusal : { reason: "token_ended", how: "revoked" };
}

async function askGrant(
  object: MytokenContext,
  settings: ProviderSettings,
  request: UseRequest,
  { prepared, reservation }: Reserved,
): Promise<Result<Omit<AccessToken, "tokenUpdate">>> {
  const asked = { scopes: request.scopes ?? [], audiences: request.audiences ?? [] };
  const sent = fillRequest(reservation.clause, asked, settings.scopes);
  if (!prepared.grantKey) throw new Error("a reserved use has a grant key");
  const { grant_id: grantId, mom_id: momId } = reservation.token;
  const outcome = await refreshOf(object, grantId, { momId, grantKey: prepared.grantKey, ...sent });
  if (outcome.outcome !== "granted") return refuse(refusalOf(outcome));
  return judged(outcome, sent, settings, reservation.clause);
}

/** An exception of the Grant is no answer: overloaded may be repeated, everything else is unknown (DESIGN §4, §7). */
async function refreshOf(
  object: MytokenContext,
  grantId: string,
  request: Parameters<ReturnType<MytokenContext["grant"]>["refresh"]>[0],
): Promise<RefreshOutcome> {
  try {
    return await object.grant(grantId).refresh(request);
  } catch (error) {
    logAnsweredFailure("refresh", error);
    if (isOverloaded(error)) return { outcome: "busy" };
    return { outcome: "unknown", why: "cut", detail: "the login could not be reached" };
  }
}

function isOverloaded(error: unknown): boolean {
  return error instanceof Error && "overloaded" in error && error.overloaded === true;
}

function refusalOf(outcome: Exclude<RefreshOutcome, Granted>): Refusal {
  switch (outcome.outcome) {
    case "busy":
      return { reason: "temporarily_unavailable", retryAfterSeconds: 2 };
    case "revoked":
      return { reason: "token_ended", how: "revoked" };
    case "unknown":
      return { reason: "provider_unknown", detail: outcome.detail };
    case "refused": {
      const { status, error, error_description: description } = outcome;
      const hint = error === "invalid_grant" ? { hint: HINT } : {};
      return {
        reason: "provider_refused",
        status,
        error,
        ...(description === undefined ? {} : { description }),
        ...hint,
      };
    }
  }
}

/** The answer against the clause: an access token for more than the clause says is withheld, or reported. */
function judged(
  granted: Granted,
  sent: ScopeAndAudience,
  settings: ProviderSettings,
  clause: Reserved["reservation"]["clause"],
): Result<Omit<AccessToken, "tokenUpdate">> {
  const answered = { accessToken: granted.access_token, scope: granted.scope ?? null };
  const check = checkAnswer(clause, answered, settings);
  if (check.withheld) return refuse(check.withheld);
  return done({
    accessToken: granted.access_token,
    tokenType: granted.token_type,
    expiresIn: granted.expires_in ?? 0,
    scope: granted.scope ?? sent.scopes.join(" "),
    audience: check.audience,
    reported: check.reported,
  });
}

/** Looks again: an ended token hands out nothing. Then rotates, if the token says so. */
async function finish(
  object: MytokenContext,
  request: UseRequest,
  { prepared, reservation }: Reserved,
  granted: Omit<AccessToken, "tokenUpdate">,
): Promise<Result<AccessToken>> {
  const rotated = await rotateAfter(object, "access_token", prepared, reservation, request.caller);
  if (rotated.kind === "ended") return refuse({ reason: "token_ended", how: "revoked" });
  return done({ ...granted, tokenUpdate: rotated.successor });
}
