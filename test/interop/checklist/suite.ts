/** The checklist of clients §6, row by row, as far as it is built. Row 15 has its limits in test/http/rate-limit.test.ts too. */
import { describe } from "vitest";
import { agentRows } from "./agent.ts";
import { allClientsRows } from "./all-clients.ts";
import { commandLineRows } from "./command-line.ts";

export function checklistSuite(): void {
  describe("clients §6", { timeout: 30_000 }, () => {
    allClientsRows();
    commandLineRows();
    agentRows();
  });
}
