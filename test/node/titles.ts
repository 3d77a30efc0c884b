/** The titles of a test file, as its syntax tree has them: a text elsewhere is no title, nor is that of a skipped test. */
import { parseSync } from "vite";

interface Node {
  readonly type: string;
  readonly [member: string]: unknown;
}

const BLOCKS = ["it", "test", "describe"];
const NEVER_RUN = ["skip", "todo"];

/**
 * Titles of `it`, `test` and `describe`, and of their `each`: both as they are written, and for each row that gives its
 * first text, with that text in the place of the first `%s`. Of a template what stands between the backticks.
 */
export function titlesIn(source: string): ReadonlySet<string> {
  const { program, errors } = parseSync("a.test.tsx", source);
  if (errors[0]) throw new Error(errors[0].message);
  const root = program as unknown as Node;
  const constants = new Map<unknown, unknown>();
  for (const { type, id, init } of nodesIn(root)) {
    if (type === "VariableDeclarator") constants.set((id as Node)["name"], init);
  }
  const titles = new Set<string>();
  for (const node of nodesIn(root)) {
    const block = node.type === "CallExpression" ? blockOf(node["callee"] as Node) : null;
    const title = block && textOf((node["arguments"] as Node[])[0], source);
    if (!block || title === null) continue;
    titles.add(title);
    for (const text of firstTexts(block.rows, constants, source)) titles.add(title.replace("%s", () => text));
  }
  return titles;
}

/** What a callee such as `it`, `it.each(rows)` or `describe.concurrent` is; `null`: no block, or one that never runs. */
function blockOf(callee: Node): { readonly rows: Node | undefined } | null {
  const { chain, rows } = chainOf(callee);
  const [name = ""] = chain;
  return BLOCKS.includes(name) && !chain.some((part) => NEVER_RUN.includes(part)) ? { rows } : null;
}

function chainOf(node: Node): { readonly chain: readonly string[]; readonly rows?: Node | undefined } {
  if (node.type === "Identifier") return { chain: [String(node["name"])] };
  if (node.type === "MemberExpression") {
    const name = String((node["property"] as Node)["name"]);
    return { chain: [...chainOf(node["object"] as Node).chain, name] };
  }
  if (node.type !== "CallExpression") return { chain: [] };
  const { chain } = chainOf(node["callee"] as Node);
  return { chain, rows: chain.at(-1) === "each" ? (node["arguments"] as Node[])[0] : undefined };
}

/** The first text of each row of a table that is written there, or in a constant. */
function firstTexts(rows: Node | undefined, constants: ReadonlyMap<unknown, unknown>, source: string): string[] {
  const table = bare(rows, constants);
  if (table?.type !== "ArrayExpression") return [];
  return (table["elements"] as (Node | null)[]).flatMap((element) => {
    const row = bare(element ?? undefined, constants);
    const cell = row?.type === "ArrayExpression" ? (row["elements"] as Node[])[0] : row;
    return textOf(cell, source) ?? [];
  });
}

/** Without `as const` and its like; a name is what it stands for. */
function bare(node: Node | undefined, constants: ReadonlyMap<unknown, unknown>): Node | undefined {
  if (node === undefined) return undefined;
  if (node.type === "TSAsExpression" || node.type === "TSSatisfiesExpression") {
    return bare(node["expression"] as Node, constants);
  }
  if (node.type !== "Identifier") return node;
  const meant = constants.get(node["name"]) as Node | null | undefined;
  return meant?.type === "Identifier" ? meant : bare(meant ?? undefined, constants);
}

function textOf(node: Node | undefined, source: string): string | null {
  if (node?.type === "Literal" && typeof node["value"] === "string") return node["value"];
  if (node?.type !== "TemplateLiteral") return null;
  return source.slice(Number(node["start"]) + 1, Number(node["end"]) - 1);
}

function* nodesIn(value: unknown): Generator<Node> {
  if (typeof value !== "object" || value === null) return;
  if ("type" in value) yield value as Node;
  for (const member of Object.values(value)) yield* nodesIn(member);
}
