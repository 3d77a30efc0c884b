/** What happened to a login, for whoever has to explain a finding. */
import type { Recorded, Standing } from "../model.ts";
import type { RoundRecord } from "./rule.ts";

/** Milliseconds since the login; refresh tokens by their number. */
export function timeline({ family, provider }: Standing, history: Recorded, round: RoundRecord): string {
  const [first] = provider.requests;
  const since = (time: number | undefined) => (time ?? Number.NaN) - (first?.at ?? 0);
  const numberOf = (token: string | undefined) => provider.families[0]?.refreshTokens.indexOf(token ?? "") ?? -1;
  const moments = [
    ...provider.requests.map(({ at, ended, endpoint, form, issued, outcome }) => ({
      at,
      what: `${endpoint} with ${numberOf(form["refresh_token"]?.[0])} gave ${numberOf(issued)}: ${outcome} at ${since(ended)}`,
    })),
    ...round.kills.map(({ from, to }) => ({ at: from, what: `killed until ${since(to)}` })),
    ...history.resets
      .filter((reset) => reset.family === family)
      .map(({ kind, from, to }) => ({ at: from, what: `${kind} reset until ${since(to)}` })),
    ...history.calls
      .filter(({ operation, token }) => operation === "exchange" && token?.family === family)
      .map(({ started, ended, outcome, status }) => ({
        at: started,
        what: `exchange: ${outcome} ${status} at ${since(ended)}`,
      })),
  ];
  return moments
    .sort((one, other) => one.at - other.at)
    .map(({ at, what }) => `${since(at)} ${what}`)
    .join("; ");
}
