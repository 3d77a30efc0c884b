/**
 * The outbox: the token's present state on its way to the directory (DESIGN §5). The directory takes it only if its
 * version is newer, so that repeats and late arrivals do no harm. No answer hangs on it.
 */
import { nowSeconds } from "../../clock.ts";
import { recordToken } from "../../directory/tokens.ts";
import { latestExp } from "../../token/restriction/lifetime.ts";
import { makeDue, setAlarm } from "../due.ts";
import { within } from "../../time-limit.ts";
import type { MytokenContext } from "./context.ts";
import { readToken } from "./schema.ts";

const RETRY_SECONDS = 5;

/** Sends the present state, waiting at most `directoryWaitMilliseconds`; what fails or is late is repeated by alarm. */
export async function publish(object: MytokenContext): Promise<void> {
  const sent = await within(object.config.directoryWaitMilliseconds, send(object), false);
  if (sent || !readToken(object.storage.sql)) return;
  makeDue(object.storage.sql, "directory", nowSeconds() + RETRY_SECONDS);
  await setAlarm(object.storage);
}

/**
 * Shows the token in the directory once more, whatever that acknowledged before; false if there is none. What was never
 * shown is left to its own alarm, which first asks whether the token was ever finished.
 */
export async function republish(object: MytokenContext): Promise<boolean> {
  const { sql } = object.storage;
  const token = readToken(sql);
  if (!token) return false;
  if (token.directory_sent === 0) return true;
  sql.exec("UPDATE token SET directory_version = directory_version + 1");
  await publish(object);
  return true;
}

/** Sends the present state and records that it arrived. True if nothing newer waits. Throws what the directory throws. */
export async function send({ storage, directory }: MytokenContext): Promise<boolean> {
  const token = readToken(storage.sql);
  if (!token || token.directory_sent === token.directory_version) return true;
  await recordToken(directory, {
    mom_id: token.mom_id,
    parent: token.parent,
    grant_id: token.grant_id,
    owner: token.owner,
    oidc_sub: token.oidc_sub,
    oidc_iss: token.oidc_iss,
    email: token.email,
    email_verified: token.email_verified,
    name: token.name,
    created: token.created,
    created_from: token.created_from,
    // Not the deadline of this generation, which a rotation moves.
    expires: latestExp(token.restrictions) || null,
    state: token.state,
    ended: token.ended,
    tags: token.tags,
    version: token.directory_version,
  });
  if (!readToken(storage.sql)) return true;
  storage.sql.exec("UPDATE token SET directory_sent = max(directory_sent, ?)", token.directory_version);
  return readToken(storage.sql)?.directory_version === token.directory_version;
}
