/** All rules over one round. */
import { noServerError, usingStandsAlone } from "./answers.ts";
import { atMostN, codesOnce, providerCodesOnce } from "./counts.ts";
import { historyIsTrue } from "./events.ts";
import { nothingExposed, nothingStays } from "./leftovers.ts";
import { noLoginOrphaned } from "./logins.ts";
import { noRefreshTokenLost } from "./refresh-tokens.ts";
import { revokedStaysRevoked, staysUsable } from "./revocation.ts";
import type { Finding, RoundRecord } from "./rule.ts";
import { oneSuccessor } from "./sequence.ts";

const RULES = [
  atMostN,
  codesOnce,
  providerCodesOnce,
  oneSuccessor,
  revokedStaysRevoked,
  staysUsable,
  noRefreshTokenLost,
  noLoginOrphaned,
  historyIsTrue,
  nothingStays,
  nothingExposed,
  noServerError,
  usingStandsAlone,
];

export function check(round: RoundRecord): readonly Finding[] {
  return RULES.flatMap((rule) => rule(round));
}
