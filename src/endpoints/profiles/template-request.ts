/** What a write says: the template in the body, the id wherever it stands (semantics §5.5). */
import * as v from "valibot";
import { badRequest, done, type Result } from "../../errors.ts";
import { type Fields, parseFields, readOptionalJson } from "../../http/body.ts";
import type { EdgeContext } from "../../http/context.ts";
import type { Place } from "./path.ts";

const nameSchema = v.object({ name: v.pipe(v.string(), v.nonEmpty("must not be empty")) });

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Name and payload; the payload may be any JSON but `null`, which is absent. */
export function templateIn(fields: Fields): Result<{ readonly name: string; readonly payload: unknown }> {
  const parsed = parseFields(fields, nameSchema);
  if (!parsed.ok) return parsed;
  const payload = fields.get("payload");
  return payload === undefined ? badRequest("payload: missing") : done({ name: parsed.value.name, payload });
}

/** The id in the path, else in the query, else in the body. */
export function idIn(context: EdgeContext, place: Place, fields: Fields): Result<string> {
  const given = place.id ?? (context.req.query("id") || fields.get("id"));
  if (given === undefined || given === "") return badRequest("id: missing");
  return typeof given === "string" && UUID.test(given) ? done(given) : badRequest("id: must be a UUID");
}

/** The id of what is to be deleted. The body is read only if the id can stand nowhere else: Go sends `null` in it. */
export async function idToDelete(context: EdgeContext, place: Place): Promise<Result<string>> {
  if (place.id !== undefined || context.req.query("id")) return idIn(context, place, new Map());
  const body = await readOptionalJson(context.req.raw);
  return body.ok ? idIn(context, place, body.value ?? new Map()) : body;
}
