/** Forms in: urlencoded, or multipart without files (token-core §4.2). */
import { badRequest, done, type Result } from "../errors.ts";

/** How one endpoint names its fields in a form. All names in lower case. */
export interface FormDialect {
  /** Names of the form beside those of the JSON; both are understood (QUIRK-03). */
  readonly aliases: Readonly<Record<string, string>>;
  readonly booleans: readonly string[];
  /** Fields that may be repeated: their value is an array. Of other fields the last one counts. */
  readonly lists: readonly string[];
}

const TRUE: readonly string[] = ["on", "1", "t", "T", "true", "True", "TRUE"];
const FALSE: readonly string[] = ["0", "f", "F", "false", "False", "FALSE", ""];

/** Name and text of each field; `null` if a multipart body cannot be read. Files are left out. */
export async function formEntries(
  contentType: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<readonly (readonly [string, string])[] | null> {
  try {
    const form = await new Response(bytes, { headers: { "Content-Type": contentType } }).formData();
    return [...form].flatMap(([name, value]) => (typeof value === "string" ? [[name, value] as const] : []));
  } catch {
    return null;
  }
}

/** Fields by their JSON names in lower case. */
export function formFields(
  entries: readonly (readonly [string, string])[],
  dialect: FormDialect,
): Result<ReadonlyMap<string, unknown>> {
  const aliases = new Map(Object.entries(dialect.aliases));
  const fields = new Map<string, unknown>();
  for (const [given, value] of entries) {
    const lower = given.toLowerCase();
    const name = aliases.get(lower) ?? lower;
    if (dialect.lists.includes(name)) {
      fields.set(name, [...((fields.get(name) as readonly string[] | undefined) ?? []), value]);
    } else if (!dialect.booleans.includes(name)) fields.set(name, value);
    else if (TRUE.includes(value)) fields.set(name, true);
    else if (FALSE.includes(value)) fields.set(name, false);
    else return badRequest(`failed to decode: schema: error converting value for "${name}"`);
  }
  return done(fields);
}
