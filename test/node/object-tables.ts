/** The tables of the objects, as src/objects/ declares them. */

interface Tables {
  readonly versioned: string;
  readonly steps: readonly string[];
}

/** What it imports knows types of Workers, which are not Node's. */
const schemaOf = (kind: string): string => `../../src/objects/${kind}/schema.ts`;

async function declared<Value>(kind: string, name: string): Promise<Value> {
  const module = (await import(schemaOf(kind))) as Record<string, Value>;
  const value = module[name];
  if (!value) throw new Error(`${schemaOf(kind)} declares no ${name}`);
  return value;
}

const tablesOf = (kind: string) => declared<Tables>(kind, `${kind.toUpperCase()}_TABLES`);

const KINDS = ["mytoken", "grant", "authorization"] as const;

/** By kind of object. */
export const OBJECT_TABLES = await Promise.all(KINDS.map(async (kind) => ({ kind, ...(await tablesOf(kind)) })));

/** The columns of a token that an object reads once. */
export const ORIGIN = await declared<readonly string[]>("mytoken", "ORIGIN");
