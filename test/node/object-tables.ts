/** The tables of the objects, as src/objects/ declares them. */

interface Tables {
  readonly versioned: string;
  readonly steps: readonly string[];
}

/** What it imports knows types of Workers, which are not Node's. */
const schemaOf = (kind: string): string => `../../src/objects/${kind}/schema.ts`;

async function tablesOf(kind: string): Promise<Tables> {
  const module = (await import(schemaOf(kind))) as Record<string, Tables>;
  const tables = module[`${kind.toUpperCase()}_TABLES`];
  if (!tables) throw new Error(`${schemaOf(kind)} declares no tables`);
  return tables;
}

const KINDS = ["mytoken", "grant", "authorization"] as const;

/** By kind of object. */
export const OBJECT_TABLES = await Promise.all(KINDS.map(async (kind) => ({ kind, ...(await tablesOf(kind)) })));
