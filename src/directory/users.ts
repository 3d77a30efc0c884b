/** Users and how they want their mail, in D1 (extended §3.5). Throws `DirectoryAway`. */
import { answered } from "./answer.ts";

/** Who a user is; the row is made where it is missing, because a token's outbox may be late. */
export interface Account {
  readonly owner: string;
  readonly oidc_sub: string;
  readonly oidc_iss: string;
}

export interface MailSettings {
  /** Empty: none. */
  readonly address: string;
  readonly verified: boolean;
  readonly prefersHtml: boolean;
}

export async function readMailSettings(directory: D1Database, owner: string): Promise<MailSettings> {
  const statement = "SELECT email, email_verified, prefers_html FROM users WHERE owner = ?";
  const row = await answered(() =>
    directory
      .prepare(statement)
      .bind(owner)
      .first<{ email: string | null; email_verified: number; prefers_html: number }>(),
  );
  const address = row?.email ?? "";
  return {
    address,
    verified: address !== "" && row?.email_verified === 1,
    prefersHtml: row?.prefers_html !== 0,
  };
}

/** What is to change; `null`: nothing. An address is unverified, whether it is new or not; an empty one is none from now on. */
export interface MailChange {
  readonly address: string | null;
  readonly prefersHtml: boolean | null;
}

/** Changes both or nothing. An address that was removed stays `''`, so that the next login does not bring it back. */
export async function changeMailSettings(
  directory: D1Database,
  { owner, oidc_sub, oidc_iss }: Account,
  { address, prefersHtml }: MailChange,
  now: number,
): Promise<void> {
  const statement = `INSERT INTO users (owner, oidc_sub, oidc_iss, email, email_verified, created, prefers_html)
    VALUES (?1, ?2, ?3, ?4, 0, ?5, coalesce(?6, 1))
    ON CONFLICT (owner) DO UPDATE SET email = coalesce(?4, email), prefers_html = coalesce(?6, prefers_html),
      email_verified = CASE WHEN ?4 IS NULL THEN email_verified ELSE 0 END`;
  const html = prefersHtml === null ? null : Number(prefersHtml);
  await answered(() => directory.prepare(statement).bind(owner, oidc_sub, oidc_iss, address, now, html).run());
}
