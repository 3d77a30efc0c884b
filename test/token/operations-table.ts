/** `OPERATIONS` for people: docs/OPERATIONS.md holds exactly this. */
import { OPERATIONS, type Operation } from "../../src/token/operations.ts";

const HEAD = ["operation", "capability", "clause must fit", "charged", "rotates", "event"];

/** The table as Markdown, a line per row and a final line feed. */
export function operationsTable(): string {
  const rows = Object.entries<Operation>(OPERATIONS).map(([name, operation]) => [
    code(name),
    [operation.capability, operation.alternative]
      .filter((given) => given != null)
      .map(code)
      .join(" or ") || "–",
    operation.restrictionCheck ?? "–",
    operation.charged ?? "–",
    rotationOf(operation),
    operation.event === null ? "–" : code(operation.event),
  ]);
  const lines = [HEAD, HEAD.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

function rotationOf({ rotation }: Operation): string {
  if (rotation === null) return "–";
  return rotation === "on_other_if_restricted" ? `${code("on_other")}, if restricted` : code(rotation);
}

function code(text: string): string {
  return `\`${text}\``;
}
