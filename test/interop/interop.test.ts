/**
 * Existing clients against this server (clients.md): the real ones where they are installed, and what the others are known to
 * send, replayed. One server for all of it: the suites are the files beside this one.
 */
import { afterAll, beforeAll } from "vitest";
import { agentSuite } from "./agent/suite.ts";
import { checklistSuite } from "./checklist/suite.ts";
import { commandLineSuite } from "./command-line/suite.ts";
import { librariesSuite } from "./libraries/suite.ts";
import { endPrograms } from "./programs.ts";
import { startServers, stopServers } from "./server.ts";

beforeAll(startServers, 120_000);
afterAll(async () => {
  await endPrograms();
  await stopServers();
});

checklistSuite();
agentSuite();
librariesSuite();
commandLineSuite();
