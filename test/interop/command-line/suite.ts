import { describe } from "vitest";
import { catalogueTests } from "./catalogue.ts";
import { CLIENT } from "./client.ts";
import { informationTests } from "./information.ts";
import { loginTests } from "./login.ts";
import { revocationTests } from "./revocation.ts";
import { rotationTests } from "./rotation.ts";
import { settingsTests } from "./settings.ts";
import { tokenTests } from "./tokens.ts";
import { unbuiltTests } from "./unbuilt.ts";
import { walkTests } from "./walk.ts";

export function commandLineSuite(): void {
  describe.skipIf(CLIENT === null)("the mytoken command line client", { timeout: 60_000 }, () => {
    walkTests();
    catalogueTests();
    loginTests();
    tokenTests();
    informationTests();
    rotationTests();
    settingsTests();
    revocationTests();
    unbuiltTests();
  });
}
