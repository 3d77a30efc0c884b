/** What the look at KV finds. */
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { leftInStore } from "./disk.ts";

const NOW = 1_000_000;
const CODE = "a".repeat(43);

function found(key: string, expiration: number | null) {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE _mf_entries (key TEXT PRIMARY KEY, blob_id TEXT, expiration INTEGER, metadata TEXT)");
  database.prepare("INSERT INTO _mf_entries (key, expiration) VALUES (?, ?)").run(key, expiration);
  return leftInStore(database, NOW).map(({ kind }) => kind);
}

it("leaves what KV forgets within the hour", () => {
  for (const key of [CODE, "provider http://localhost/plain"]) expect(found(key, NOW + 3_600_000)).toEqual([]);
});

it("finds a record that stays longer, stays for ever, or is of no known kind", () => {
  expect(found(CODE, NOW + 7_200_000)).toEqual(["codes"]);
  expect(found(CODE, null)).toEqual(["codes"]);
  expect(found("token-1", NOW + 1000)).toEqual(["codes"]);
});
