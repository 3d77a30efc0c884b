import { describe, expect, it } from "vitest";
import { mayPerform, OPERATIONS, type Operation, type OperationName } from "../../src/token/operations.ts";
import { operationsTable } from "./operations-table.ts";

describe("mayPerform", () => {
  it("demands the row's capability or what covers it", () => {
    expect(mayPerform(["AT"], "access_token")).toBe(true);
    expect(mayPerform(["tokeninfo"], "history")).toBe(true);
    expect(mayPerform(["read@settings"], "grant_list")).toBe(true);
    expect(mayPerform(["read@settings"], "grant_enable")).toBe(false);
    expect(mayPerform([], "access_token")).toBe(false);
  });
  it("accepts the alternative", () => {
    expect(mayPerform(["manage_mytokens:history"], "history_below")).toBe(true);
    expect(mayPerform(["tokeninfo:history"], "history_below")).toBe(true);
    expect(mayPerform(["tokeninfo:history"], "history_of_other")).toBe(false);
    expect(mayPerform(["tokeninfo"], "invitation_below")).toBe(true);
    expect(mayPerform(["tokeninfo"], "invitation_of_other")).toBe(false);
  });
  it("demands nothing where the row has none", () => {
    expect(mayPerform([], "transfer_code")).toBe(true);
    expect(mayPerform([], "transfer_code_redemption")).toBe(true);
    expect(mayPerform([], "revocation_below")).toBe(true);
  });
});

describe("OPERATIONS", () => {
  const rows = Object.entries<Operation>(OPERATIONS);

  it("charges only what it checks, and as what it checks", () => {
    for (const [name, { restrictionCheck, charged }] of rows) {
      if (charged !== null) expect(restrictionCheck, name).toBe(charged);
    }
  });
  it("whoever may act on other tokens may act on the own family", () => {
    for (const [name, { capability }] of rows.filter(([name]) => name.endsWith("_of_other"))) {
      expect(mayPerform([capability ?? ""], name.replace(/_of_other$/, "_below") as OperationName), name).toBe(true);
    }
  });
  it("judges POST /c but charges nothing (DESIGN §4)", () => {
    expect(OPERATIONS.subtoken_preview).toEqual({
      capability: "create_mytoken",
      restrictionCheck: "other",
      charged: null,
      rotation: null,
      event: null,
    });
  });
});

describe("operationsTable", () => {
  it("has a line for each row", () => {
    const lines = operationsTable().trimEnd().split("\n");
    expect(lines).toHaveLength(Object.keys(OPERATIONS).length + 2);
    expect(lines[2]).toBe("| `access_token` | `AT` | AT | AT | `on_AT` | `AT_created` |");
    expect(lines).toContain(
      "| `history_below` | `tokeninfo:history` or `manage_mytokens:history` | other | other | `on_other`, if restricted | `tokeninfo_history_other_token` |",
    );
    for (const line of lines) expect(line.split("|")).toHaveLength(8);
  });
});
