/** The grant types that a person may switch on and off (extended §3.3). Only `ssh` has an effect (QUIRK-27). */

export const GRANT_TYPES = ["mytoken", "oidc_flow", "polling_code", "transfer_code", "ssh"] as const;

export type GrantType = (typeof GRANT_TYPES)[number];

/** The grant type of a name; `refresh_token` is another name of `mytoken`. `null`: there is none. */
export function grantTypeIn(name: string): GrantType | null {
  if (name === "refresh_token") return "mytoken";
  return GRANT_TYPES.find((type) => type === name) ?? null;
}
