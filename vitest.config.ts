import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { workerBindings } from "./test/fixtures/bindings.mjs";

export default defineConfig({
  test: {
    silent: "passed-only",
    projects: [
      {
        plugins: [
          cloudflareTest(async ({ inject }) => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                ...workerBindings({
                  fakeProvider: inject("fakeProvider"),
                  realProvider: inject("realProvider"),
                  realProviderNotRotating: inject("realProviderNotRotating"),
                }),
                MIGRATIONS: await readD1Migrations("./migrations"),
              },
            },
          })),
        ],
        test: {
          name: "workerd",
          // Slow machines are no fault; what must be fast is compared, not timed.
          testTimeout: 30_000,
          globalSetup: ["./test/global-setup.ts"],
          setupFiles: ["./test/loopback-only.ts", "./test/migrated-directory.ts"],
          include: ["test/**/*.test.ts"],
          exclude: [
            "test/architecture.test.ts",
            "test/node/**",
            "test/e2e/**",
            "test/replay/**",
            "test/faults/**",
            "test/interop/**",
            "test/hostile/**",
            "test/bench/**",
          ],
        },
      },
      {
        test: {
          name: "node",
          include: ["test/architecture.test.ts", "test/{node,e2e,replay,faults,interop,hostile,bench}/**/*.test.ts"],
        },
      },
    ],
  },
});
