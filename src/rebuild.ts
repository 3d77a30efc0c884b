/**
 * Rebuilding the directory from the objects (docs/DEPLOY.md): the operator puts a list into KV, and each scheduled run
 * tells some of its objects to show their tokens again. Repeating any of it does no harm.
 */
import { logRebuild } from "./log.ts";

/** One `mom_id` or object id (64 hexadecimal digits) per line. */
const LIST = "rebuild";
/** How many lines are done. KV may show an old number for a minute: then some are done twice. */
const POSITION = "rebuild position";

/** Well below the calls that one run may make. */
const LINES_AT_ONCE = 500;
const SIDE_BY_SIDE = 25;

export async function rebuildDirectory(env: Env): Promise<void> {
  const list = await env.CODES.get(LIST);
  if (list === null) return;
  const lines = list.split(/\s+/).filter((line) => /^(?:[0-9A-Za-z]{22}|[0-9a-f]{64})$/.test(line));
  const from = Number((await env.CODES.get(POSITION)) ?? 0);
  const until = Math.min(from + LINES_AT_ONCE, lines.length);
  const counts = { unknown: 0, failed: 0 };
  for (let at = from; at < until; at += SIDE_BY_SIDE) {
    const batch = lines.slice(at, Math.min(at + SIDE_BY_SIDE, until));
    const shown = await Promise.allSettled(batch.map((line) => objectOf(env, line).republish()));
    counts.failed += shown.filter(({ status }) => status === "rejected").length;
    counts.unknown += shown.filter((one) => one.status === "fulfilled" && !one.value).length;
  }
  logRebuild({ done: until, total: lines.length, ...counts });
  if (until < lines.length) return env.CODES.put(POSITION, String(until));
  await env.CODES.delete(LIST);
  await env.CODES.delete(POSITION);
}

function objectOf({ MYTOKEN }: Env, line: string) {
  return line.length === 64 ? MYTOKEN.get(MYTOKEN.idFromString(line)) : MYTOKEN.getByName(line);
}
