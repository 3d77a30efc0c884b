/** Starts the test providers once per run and tells the workerd project where they listen: `inject("fakeProvider")`. */
import type { TestProject } from "vitest/node";
import { startFakeProvider } from "./fixtures/fake-provider.mjs";
import "./fixtures/provided-context.ts";
import { startRealProvider } from "./fixtures/real-provider.mjs";

export default async function startProviders(project: TestProject): Promise<() => Promise<void>> {
  const fake = await startFakeProvider();
  const rotating = await startRealProvider();
  const notRotating = await startRealProvider({ rotate: false });
  project.provide("fakeProvider", fake.origin);
  project.provide("realProvider", rotating.issuer);
  project.provide("realProviderNotRotating", notRotating.issuer);
  return async () => {
    await Promise.all([fake.close(), rotating.close(), notRotating.close()]);
  };
}
