/** Runs one step of a chain and says how it differs from its recording. */
import { setTimeout as delay } from "node:timers/promises";
import { logIn } from "../fixtures/browser.ts";
import { compareJson, difference } from "./compare.ts";
import { forge, mutate } from "./forge.ts";
import { login, visitProvider } from "./login.ts";
import { compareProviderLog } from "./provider-log.ts";
import type { HttpStep, JsonObject, RecordedRequest, Step } from "./recording.ts";
import { compareResponse } from "./response.ts";
import { adapted } from "./rules.ts";
import { askedIn, withAskedAudiences } from "./rules/asked.ts";
import type { Run } from "./run.ts";
import type { Prepared } from "./stub/provider.ts";
import { type Received, type Sent, send } from "./wire.ts";

export interface StepOutcome {
  readonly differences: readonly string[];
  /** The rules that changed what was expected. */
  readonly rules?: readonly string[];
  readonly actual?: Received;
}

const NOTHING: StepOutcome = { differences: [] };

/** The reference counts requests in windows of a minute; we never count loopback (DIVERGENCES: rate-limit). */
const RATE_LIMIT_WINDOW_MILLISECONDS = 60_000;

/** Whether the result of a step says something about the server. */
export function isCompared({ kind }: Step): boolean {
  return ["http", "login", "visit_provider", "browser_at_provider", "op_log"].includes(kind);
}

/** Throws `Unbound` if a step before it did not give what it needs. */
export async function runStep(step: Step, run: Run): Promise<StepOutcome> {
  const { bindings, world } = run;
  switch (step.kind) {
    case "http":
      return http(step, run);
    case "login": {
      run.asked = (step.args["restrictions"] ?? []) as JsonObject[];
      const expected = withAskedAudiences(step.result, run.asked);
      const rules = expected === step.result ? [] : ["audiences-kept"];
      return { differences: compareJson(expected, await login(run, step.args), bindings), rules };
    }
    case "visit_provider": {
      const callback = await visitProvider(run, run.providerAddress(step.uri), step.user);
      return {
        differences: bindings.matches(step.callback, callback) ? [] : [difference("callback", step.callback, callback)],
      };
    }
    case "browser_at_provider": {
      const { pathname, search } = await logIn(run.sentTo ?? "", "alice", `${run.base()}/redirect`);
      const callback = pathname + search;
      return {
        differences: bindings.matches(step.callback, callback) ? [] : [difference("callback", step.callback, callback)],
      };
    }
    case "op_log":
      return { differences: await compareProviderLog(step.requests, run) };
    case "forge":
      bindings.set(step.result, forge(step, bindings, world.signingKey));
      return NOTHING;
    case "mutate":
      bindings.set(step.result, mutate(step, bindings));
      return NOTHING;
    case "op_next":
      world.provider.prepare(bindings.fill(step.set) as unknown as Prepared);
      return NOTHING;
    case "op_clear":
      world.provider.takeLog();
      return NOTHING;
    case "wait":
      if (step.ms < RATE_LIMIT_WINDOW_MILLISECONDS) await delay(step.ms + bindings.clock.putOffMilliseconds);
      return NOTHING;
    default:
      return NOTHING;
  }
}

async function http(step: HttpStep, run: Run): Promise<StepOutcome> {
  const sent = fill(step.request, run);
  const actual = await send(run.base(step.instance), {
    ...sent,
    headers: run.browser.headersFor(sent.path, sent.headers),
  });
  run.asked = askedIn(step.request) ?? run.asked;
  const { expected, rules } = adapted({ step, run, sent, actual, cut: run.world.provider.takeCut() });
  if (sent.path.startsWith("/redirect")) run.returned = { path: sent.path, status: actual.status };
  run.remember(step.response, actual);
  const response = step.nondeterministic ? { status: expected.status } : expected;
  const root = sent.path.startsWith("/api/v0/pt") ? "pt" : "";
  return { differences: compareResponse(response, actual, run.bindings, root), rules, actual };
}

function fill(request: RecordedRequest, { bindings }: Run): Sent & { headers: Record<string, string> } {
  const { method, path, headers = {} } = request;
  return { method, path: bindings.fillText(path), headers: bindings.fill(headers), body: bodyOf(request, bindings) };
}

function bodyOf({ json, form, raw }: RecordedRequest, bindings: Run["bindings"]): string | undefined {
  if (json !== undefined) return JSON.stringify(bindings.fill(json));
  if (form !== undefined) return new URLSearchParams(bindings.fill(form)).toString();
  return raw === undefined ? undefined : bindings.fillText(raw);
}
