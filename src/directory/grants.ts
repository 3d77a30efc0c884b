/** Which grant types a user has switched on or off, in D1 (extended §3.3). Throws `DirectoryAway`. */
import type { GrantType } from "../token/grant-type.ts";
import { answered } from "./answer.ts";

export interface GrantSwitch {
  readonly grantType: GrantType;
  readonly enabled: boolean;
}

/** Those that the user ever switched, in no order. */
export async function readGrantSwitches(directory: D1Database, owner: string): Promise<readonly GrantSwitch[]> {
  const statement = "SELECT grant_type AS grantType, enabled FROM grant_types WHERE owner = ?";
  const { results } = await answered(() =>
    directory.prepare(statement).bind(owner).all<{ grantType: GrantType; enabled: number }>(),
  );
  return results.map(({ grantType, enabled }) => ({ grantType, enabled: enabled === 1 }));
}

export async function storeGrantSwitch(
  directory: D1Database,
  owner: string,
  { grantType, enabled }: GrantSwitch,
): Promise<void> {
  const statement = `INSERT INTO grant_types (owner, grant_type, enabled) VALUES (?, ?, ?)
    ON CONFLICT (owner, grant_type) DO UPDATE SET enabled = excluded.enabled`;
  await answered(() => directory.prepare(statement).bind(owner, grantType, Number(enabled)).run());
}
