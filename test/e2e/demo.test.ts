import { afterAll, expect, it } from "vitest";
import { endPrograms, runScript } from "./programs.ts";

afterAll(endPrograms);

it("npm run demo walks the main job and leaves nothing running", { timeout: 120_000 }, async () => {
  const demo = runScript("demo.mjs");
  const status = await demo.status();
  expect(demo.output).toMatch(/"oidc_sub": "alice"[\s\S]*"sub":"alice"[\s\S]*Done\.\n$/);
  expect(status).toBe(0);
  expect(demo.leftovers()).toEqual([]);
});

// Elsewhere nobody can see what is left.
it.skipIf(process.platform !== "linux")("nor does it when it is interrupted", { timeout: 60_000 }, async () => {
  const demo = runScript("demo.mjs");
  await expect.poll(() => demo.leftovers().length, { timeout: 30_000 }).toBeGreaterThan(1);
  demo.signal("SIGTERM");
  expect(await demo.status()).toBe(1);
  await expect.poll(() => demo.leftovers(), { timeout: 5000 }).toEqual([]);
});
