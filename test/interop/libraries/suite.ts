import { describe } from "vitest";
import { fedcloudTests } from "./fedcloud.ts";
import { goTests } from "./go.ts";
import { pythonTests } from "./python.ts";
import { realPythonTests } from "./real-python.ts";

export function librariesSuite(): void {
  describe("libraries", { timeout: 30_000 }, () => {
    goTests();
    pythonTests();
    realPythonTests();
    fedcloudTests();
  });
}
