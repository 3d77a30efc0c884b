/**
 * Request bodies, parsed once. `Fields` are the top level; names match without regard to letter case, `null` is absent,
 * nobody asks for unknown names (token-core §4.1). Values below are as JSON has them, at most 32 deep.
 */
import * as v from "valibot";
import { badRequest, done, type Result } from "../errors.ts";
import { faultText } from "../faults.ts";
import { readBytes, readText } from "./body-text.ts";
import { formEntries, formFields, type FormDialect } from "./form-body.ts";
import { parseJsonObject } from "./json-body.ts";

/** In these `null` is a value, and a wrong one (recorded: token-core §4.1). */
const ENUMERATED: readonly string[] = ["grant_type", "oidc_flow", "action"];

/** Value by name in lower case. A `Map`: `__proto__` is a name like any other. */
export type Fields = ReadonlyMap<string, unknown>;

/** A JSON object or `null`, whatever the content type says: the reference's own pages declare a form. */
export async function readJson(request: Request): Promise<Result<Fields>> {
  const text = await readText(request);
  return text.ok ? jsonFields(text.value) : text;
}

/** `readJson` where a body may be missing: `null` for none, and for the `null` that Go clients send instead. */
export async function readOptionalJson(request: Request): Promise<Result<Fields | null>> {
  const text = await readText(request);
  if (!text.ok) return text;
  return ["", "null"].includes(text.value.trim()) ? done(null) : jsonFields(text.value);
}

/** JSON or a form, as the content type says; without one that is understood: 400 (token-core §4.2). */
export async function readNegotiated(
  request: Request,
  dialect: FormDialect,
): Promise<Result<{ readonly fields: Fields; readonly encoding: "json" | "form" }>> {
  const contentType = request.headers.get("Content-Type") ?? "";
  const [type = ""] = contentType.toLowerCase().split(";");
  if (type.trim().endsWith("json")) {
    const fields = await readJson(request);
    return fields.ok ? done({ fields: fields.value, encoding: "json" }) : fields;
  }
  if (!["application/x-www-form-urlencoded", "multipart/form-data"].includes(type.trim())) {
    return badRequest("Unprocessable Entity");
  }
  const bytes = await readBytes(request);
  if (!bytes.ok) return bytes;
  const entries = await formEntries(contentType, bytes.value);
  if (entries === null) return badRequest("the form cannot be read");
  const fields = formFields(entries, dialect);
  return fields.ok ? done({ fields: fields.value, encoding: "form" }) : fields;
}

/** The members that `schema` declares, judged by it. Names of a schema may have capitals; those of `fields` do not. */
export function parseFields<Entries extends v.ObjectEntries>(
  fields: Fields,
  schema: v.ObjectSchema<Entries, undefined>,
): Result<v.InferOutput<v.ObjectSchema<Entries, undefined>>> {
  const declared = Object.keys(schema.entries).flatMap((name) => {
    const value = fields.get(name.toLowerCase());
    return value === undefined ? [] : [[name, value] as const];
  });
  const result = v.safeParse(schema, Object.fromEntries(declared));
  return result.success ? done(result.output) : badRequest(faultText(result.issues[0]));
}

function jsonFields(text: string): Result<Fields> {
  const object = parseJsonObject(text);
  if (!object.ok) return object;
  const fields = new Map(Object.entries(object.value ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  for (const [name, value] of fields) if (value === null && !ENUMERATED.includes(name)) fields.delete(name);
  return done(fields);
}
