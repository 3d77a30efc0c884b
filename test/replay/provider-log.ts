/** The step `op_log`: what the provider received since the last one. */
import { setTimeout as delay } from "node:timers/promises";
import { compareJson } from "./compare.ts";
import type { Json, JsonObject } from "./recording.ts";
import { withAskedParameters } from "./rules/asked.ts";
import type { Run } from "./run.ts";

/** Calls that go on after the answer, as a revocation of a refresh token may. */
const SETTLING_MILLISECONDS = 1500;

export async function compareProviderLog(expected: readonly JsonObject[], run: Run): Promise<string[]> {
  const { provider } = run.world;
  const deadline = Date.now() + SETTLING_MILLISECONDS;
  while (provider.logged() < expected.length && Date.now() < deadline) await delay(20);
  const actual = provider.takeLog().map((request) => comparable(JSON.parse(JSON.stringify(request)) as JsonObject));
  const adapted = expected.map((request) => comparable(withAskedParameters(request, run.asked)));
  return compareJson(adapted, actual, run.bindings, "provider");
}

/** Without what is our own affair: user agent, nonce, `client_id` beside Basic, parameters of the content type (DIVERGENCES: provider-requests). */
function comparable({ query, form, content_type, ...request }: JsonObject): JsonObject {
  return {
    ...without(request, "user_agent"),
    ...(query === undefined ? {} : { query: without(query, "nonce") }),
    ...(form === undefined ? {} : { form: without(form, "client_id") }),
    ...(typeof content_type === "string" ? { content_type: content_type.split(";")[0]! } : {}),
  };
}

function without(members: Json, name: string): JsonObject {
  return Object.fromEntries(Object.entries(members as JsonObject).filter(([key]) => key !== name));
}
