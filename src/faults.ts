/** What a schema found wrong, in words that are safe to show: the library's own messages repeat what they received. */
import * as v from "valibot";

/** Member and fault; our own messages as they are, those of the library told by what was expected. */
export function faultText(issue: v.BaseIssue<unknown>): string {
  const where = v.getDotPath(issue);
  return where === null ? fault(issue) : `${where}: ${fault(issue)}`;
}

function fault(issue: v.BaseIssue<unknown>): string {
  if (!issue.message.startsWith("Invalid ")) return issue.message;
  if (issue.received === "undefined") return "missing";
  return issue.expected === "never" ? "unknown member" : `expected ${issue.expected}`;
}
