/** docs/OPERATIONS.md is written from src/token/operations.ts: `npm run vitest -- --project node operations-doc -u`. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { operationsTable } from "../token/operations-table.ts";

const HEAD = `# Operations

What each operation demands of the mytoken that authorises it, and what it leaves behind. Written from
\`src/token/operations.ts\` by \`npm run vitest -- --project node operations-doc -u\`; change it there.

- **operation**: a plain name acts on the token itself, \`…_below\` on a descendant (or, named by \`mom_id\`, on itself), \`…_of_other\`
  on any other token of the same user. A request that names several targets is the strictest of their rows, judged and
  charged once.
- **capability**: one that covers it suffices. "–": any live token with the current text is enough.
- **clause must fit**: the kind of use for which one clause of the restrictions must fit. "–": restrictions are not looked at.
- **charged**: the counter of that clause that is charged, \`usages_AT\` or \`usages_other\`.
- **rotates**: the member of \`rotation\` that makes a successor.
- **event**: what the history of the authorising token records.

`;

it("docs/OPERATIONS.md is current", async () => {
  await expect(HEAD + operationsTable()).toMatchFileSnapshot(join(import.meta.dirname, "../../docs/OPERATIONS.md"));
});
