import { expect, it } from "vitest";
import { judgeBundle, LIMIT_BYTES } from "../../scripts/local/bundle.mjs";

const bundle = (...gzipped: number[]) =>
  gzipped.map((size, i) => ({ name: `${i}.js`, bytes: 3 * size, gzipped: size }));

it("lets a bundle pass that is as large as the limit, and not one byte more, whatever the modules", () => {
  expect(judgeBundle(bundle(LIMIT_BYTES)).fits).toBe(true);
  expect(judgeBundle(bundle(LIMIT_BYTES + 1)).fits).toBe(false);
  expect(judgeBundle(bundle(LIMIT_BYTES - 1000, 1001)).fits).toBe(false);
});

it("says both sizes and the limit", () => {
  expect(judgeBundle(bundle(1024 * 100)).text).toBe(
    "The bundle has 300.0 KiB in 1 modules, gzipped 100.0 KiB: within the limit of 400.0 KiB.",
  );
  expect(judgeBundle(bundle(1024 * 500)).text).toContain("gzipped 500.0 KiB: over the limit");
});

it("takes no bundle for a fault, not for a small one", () => {
  expect(judgeBundle([]).fits).toBe(false);
});
