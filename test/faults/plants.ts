/** Known faults, planted into a copy of the sources before it is bundled: the checker must find each of them. */

/** Replaces a text that must stand in the file exactly once. */
export interface Patch {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** The text with the patch in it. Throws where the text has changed so that the patch does not fit any more. */
export function patched(text: string, { file, from, to }: Patch): string {
  const parts = text.split(from);
  if (parts.length !== 2)
    throw new Error(`${file} has changed: this plant stands there ${parts.length - 1} times: ${from}`);
  return parts.join(to);
}

export const PLANTS = {
  /** A use is counted when the access token is there, not before the provider is asked. */
  "count-after": [
    {
      file: "src/objects/mytoken/begin.ts",
      from: "const counter = charge(sql, verdict.clause, OPERATIONS[use.operation].charged);",
      to: 'const counter = use.operation === "access_token" ? null : charge(sql, verdict.clause, OPERATIONS[use.operation].charged);',
    },
    {
      file: "src/objects/mytoken/begin.ts",
      from: "/** Charges the clause that fits,",
      to: 'export function chargeLater(sql: SqlStorage, clause: Clause | null): void {\n  charge(sql, clause, "AT");\n}\n\n/** Charges the clause that fits,',
    },
    {
      file: "src/objects/mytoken/exchange.ts",
      from: "if (!finished.ok) giveBack(object.storage, reservation);",
      to: "if (finished.ok) chargeLater(object.storage.sql, reservation.clause);\n  else giveBack(object.storage, reservation);",
    },
    {
      file: "src/objects/mytoken/exchange.ts",
      from: 'import { giveBack } from "./begin.ts";',
      to: 'import { chargeLater, giveBack } from "./begin.ts";',
    },
  ],
  /** A new refresh token is stored only if the answer is also good. */
  "store-judged": [
    {
      file: "src/objects/grant/refresh.ts",
      from: "if (reply.newRefreshToken !== null) {",
      to: 'if (reply.newRefreshToken !== null && (await reply.judge()).outcome === "granted") {',
    },
  ],
  /** A revocation ends the token alone, never what is below it. */
  "children-live": [
    {
      file: "src/objects/grant/revoke.ts",
      from: "request.momId, request.recursive, now",
      to: "request.momId, false, now",
    },
  ],
  /** A transfer code is looked at, and marked as used only after a while. */
  "redeem-twice": [
    {
      file: "src/objects/mytoken/transfer-code.ts",
      from: 'storage.sql.exec("UPDATE transfer_code SET used = ? WHERE key = ?", now, key);',
      to: 'setTimeout(() => storage.sql.exec("UPDATE transfer_code SET used = ? WHERE key = ?", now, key), 20);',
    },
  ],
  /** Two parallel uses of a rotating token each give it a successor of their own. */
  "two-successors": [
    {
      file: "src/objects/mytoken/rotate.ts",
      from: "if (token.seq_no !== predecessor.seqNo) return existingSuccessor(object, prepared);",
      to: "",
    },
    {
      file: "src/objects/mytoken/rotate.ts",
      from: 'if (token.seq_no !== successor.claims.seq_no - 1) return "rotated_elsewhere";',
      to: "",
    },
  ],
  /** What ended stays for ever. */
  "never-forget": [
    {
      file: "src/objects/mytoken/end.ts",
      from: 'makeDue(sql, "forget", now);',
      to: "",
    },
  ],
} satisfies Readonly<Record<string, readonly Patch[]>>;

export type Plant = keyof typeof PLANTS;
