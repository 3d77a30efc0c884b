/** Where a mytoken may stand in a request, and which place counts (token-core §5.1). */
import { getCookie } from "hono/cookie";
import { badRequest, done, refuse, type Result } from "../errors.ts";
import type { Fields } from "./body.ts";
import type { EdgeContext } from "./context.ts";
import { SESSION_COOKIE } from "./cookies.ts";

export interface PresentedToken {
  /** At least 32 characters of `[A-Za-z0-9._-]`, except from `presentedForRevocation`. */
  readonly text: string;
  /** A rotated token goes back into the cookie only if `from` is `cookie`. */
  readonly from: "parameter" | "refresh_token" | "bearer" | "cookie";
}

type Presented = Result<PresentedToken>;

const SHORTEST_TOKEN = 32;

/**
 * The token of most endpoints: field `mytoken`, else Bearer, else cookie. `typed` endpoints (tokeninfo, transfer,
 * settings with a body) take a field that is no token for a malformed request; `lenient` is /token/my, where the empty
 * text is none. Without a body: `new Map()`.
 */
export function presentedToken(context: EdgeContext, fields: Fields, reading: "typed" | "lenient"): Presented {
  const given = fields.get("mytoken");
  if (given === undefined || (given === "" && reading === "lenient")) return fromHeaders(context);
  return reading === "typed" ? typed(given, "parameter") : lenient(given);
}

/**
 * The candidates of /token/access, the one that decides first. A later one counts only if every earlier one is *an
 * unknown short token*: then `refresh_token` is looked at, and after a form the Bearer token too (QUIRK-09, recorded).
 */
export function presentedForAccess(
  context: EdgeContext,
  fields: Fields,
  encoding: "json" | "form",
): Result<readonly PresentedToken[]> {
  const candidates: PresentedToken[] = [];
  let odd: Presented | undefined;
  for (const [name, from] of [
    ["mytoken", "parameter"],
    ["refresh_token", "refresh_token"],
  ] as const) {
    const given = fields.get(name);
    const found = given === undefined ? undefined : typed(given, from);
    if (found?.ok) candidates.push(found.value);
    else if (found?.refusal.reason === "malformed_token") return found;
    else odd ??= found;
  }
  const inBody = candidates.length > 0 || odd !== undefined;
  const further = inBody ? (encoding === "form" ? bearer(context) : undefined) : fromHeaders(context);
  if (further?.ok) candidates.push(further.value);
  if (candidates.length > 0) return done(candidates);
  const reasons = [odd, further].filter((found) => found !== undefined && !found.ok);
  return reasons[0] ?? refuse({ reason: "no_token" });
}

/** /token/revoke: field `token`, which may also hold a code, else the cookie. `Authorization` is not read. */
export function presentedForRevocation(context: EdgeContext, fields: Fields): Presented {
  const given = fields.get("token");
  if (given !== undefined && typeof given !== "string") return badRequest("token: expected string");
  const text = given?.trim() ?? "";
  if (text !== "") return done({ text, from: "parameter" });
  return cookie(context) ?? refuse({ reason: "no_token_to_revoke" });
}

function fromHeaders(context: EdgeContext): Presented {
  return bearer(context) ?? cookie(context) ?? refuse({ reason: "no_token" });
}

function typed(given: unknown, from: PresentedToken["from"]): Presented {
  if (typeof given !== "string" || given.trim().length < SHORTEST_TOKEN) return refuse({ reason: "malformed_token" });
  return wellFormed(given.trim(), from);
}

function lenient(given: unknown): Presented {
  return typeof given === "string" ? wellFormed(given.trim(), "parameter") : badRequest("mytoken: expected string");
}

/** RFC 6750 §2.1, with exactly one space as the reference has it. Other schemes are not ours: oidc-agent sends Basic. */
function bearer(context: EdgeContext): Presented | undefined {
  const text = /^bearer (.+)$/i.exec(context.req.header("Authorization") ?? "")?.[1];
  return text === undefined ? undefined : wellFormed(text, "bearer");
}

function cookie(context: EdgeContext): Presented | undefined {
  const text = isSameOrigin(context) ? (getCookie(context, SESSION_COOKIE) ?? "") : "";
  return text === "" ? undefined : wellFormed(text, "cookie");
}

/** Whether a cookie may speak for its owner: sent by our own pages, or by no page at all (DESIGN §8). */
function isSameOrigin(context: EdgeContext): boolean {
  const origin = context.req.header("Origin");
  if (origin !== undefined && origin !== new URL(context.get("config").issuer).origin) return false;
  const site = context.req.header("Sec-Fetch-Site");
  if (site === undefined || site === "same-origin") return true;
  return site === "none" && ["GET", "HEAD"].includes(context.req.method);
}

function wellFormed(text: string, from: PresentedToken["from"]): Presented {
  if (text.length >= SHORTEST_TOKEN && /^[A-Za-z0-9._-]+$/.test(text)) return done({ text, from });
  return refuse({ reason: "invalid_token", description: "token not valid" });
}
