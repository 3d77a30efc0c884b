/** What is not built yet: the client prints the server's error and crashes nowhere. */
import { expect, it } from "vitest";
import { rootToken } from "../login.ts";
import { Box } from "./client.ts";

const COMMANDS = [
  ["notifications", "list"],
  ["notifications", "create", "--type", "mail", "--classes", "AT_creations"],
  ["notifications", "delete", "CODE", "-f"],
  ["calendars", "list"],
  ["calendars", "create", "mine"],
  ["settings", "grants", "ssh", "list"],
];

export function unbuiltTests(): void {
  it.each(COMMANDS.map((command) => [command.join(" "), command]))(
    "%s says that it is not there",
    async (_, command) => {
      const box = new Box();
      const token = box.keep(await rootToken({ capabilities: ["settings", "manage_mytokens", "tokeninfo"] }));
      expect(await box.fails(...command, ...token)).toMatch(/^not_found: ./);
    },
  );
}
