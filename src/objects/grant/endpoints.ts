/** The provider's endpoints, kept from the login and refreshed off the path (DESIGN §4): a cold isolate needs no discovery. */
import { nowSeconds } from "../../clock.ts";
import { discover } from "../../provider/metadata.ts";
import type { ProviderSettings } from "../../provider/settings.ts";
import { withTimeLimit } from "../../time-limit.ts";
import type { RefreshAnswer } from "../../provider/refresh.ts";
import type { GrantContext } from "./refresh.ts";
import { type LoginRow, readLogin } from "./schema.ts";

const DAY_SECONDS = 86_400;
/** A provider that does not answer may have moved. */
const AFTER_SILENCE_SECONDS = 300;
const LIMIT_MILLISECONDS = 10_000;

/** Whether it is time to look at the provider's metadata again, after a refresh that came to `answer`; never once closed. */
export function endpointsAreOld(
  login: Pick<LoginRow, "closed" | "endpoints_checked"> | null,
  answer: RefreshAnswer,
): boolean {
  if (login === null || login.closed !== null) return false;
  return nowSeconds() - login.endpoints_checked > (answer.outcome === "unknown" ? AFTER_SILENCE_SECONDS : DAY_SECONDS);
}

/** Looks, and keeps the last good endpoints if there is no answer. Nothing waits for it. */
export async function refreshEndpoints({ storage }: GrantContext, { issuer }: ProviderSettings): Promise<void> {
  // First, so that of many turns and callers one looks.
  storage.sql.exec("UPDATE login SET endpoints_checked = ?", nowSeconds());
  const found = await withTimeLimit(LIMIT_MILLISECONDS, (signal) => discover({ issuer, now: nowSeconds(), signal }));
  if (found.outcome === "unavailable" || !readLogin(storage.sql)) return;
  const { token_endpoint: tokenEndpoint, revocation_endpoint: revocationEndpoint = null } = found.server;
  storage.sql.exec(
    "UPDATE login SET token_endpoint = ?, revocation_endpoint = ? WHERE token_endpoint <> ? OR revocation_endpoint IS NOT ?",
    tokenEndpoint,
    revocationEndpoint,
    tokenEndpoint,
    revocationEndpoint,
  );
}
