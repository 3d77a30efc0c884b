/** The format of the recordings: test/golden/README.md §2. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };
export type Headers = Record<string, string | string[]>;

export type InstanceName = "main" | "proxy" | "alt" | "off" | "ssh" | "health";

export interface RecordedRequest {
  method: string;
  path: string;
  headers?: Record<string, string>;
  json?: Json;
  form?: Record<string, string>;
  raw?: string;
}

export interface RecordedResponse {
  status: number;
  headers?: Headers;
  json?: Json;
  text?: string;
  html?: { title: string; headings: string[]; text?: string };
  empty?: boolean;
  ics_unfolded?: string[];
  transport_error?: string;
  /** Not of the format: cookies that must not be set (rules.ts). */
  withoutCookie?: string;
}

export interface HttpStep {
  kind: "http";
  name: string;
  instance?: InstanceName;
  nondeterministic?: boolean;
  request: RecordedRequest;
  response: RecordedResponse;
}

export interface LoginStep {
  kind: "login";
  args: JsonObject;
  result: JsonObject;
}

export interface VisitStep {
  kind: "visit_provider";
  uri: string;
  user: string;
  callback: string;
}

export interface ForgeStep {
  kind: "forge";
  from: string;
  changes: JsonObject;
  header?: JsonObject;
  key: "server" | "other" | "none" | "hs" | "hs384";
  result: string;
}

export interface MutateStep {
  kind: "mutate";
  from: string;
  how: string;
  result: string;
}

export interface OpNextStep {
  kind: "op_next";
  set: JsonObject;
}

export interface OpLogStep {
  kind: "op_log";
  name: string;
  requests: JsonObject[];
}

export interface WaitStep {
  kind: "wait";
  ms: number;
  why?: string;
}

export interface BrowserStep {
  kind: "browser_at_provider";
  callback: string;
}

/** Steps with nothing to run here: remarks, and what needs a feature that coverage.ts names. */
export interface OtherStep {
  kind: "op_clear" | "note" | "parallel" | "mails" | "mail_code" | "ssh";
  result?: string;
}

export type Step =
  | HttpStep
  | LoginStep
  | VisitStep
  | ForgeStep
  | MutateStep
  | OpNextStep
  | OpLogStep
  | WaitStep
  | BrowserStep
  | OtherStep;

export interface TokenContent {
  header: JsonObject;
  payload: JsonObject;
}

export interface Chain {
  name: string;
  instance: InstanceName;
  steps: Step[];
  /** Mytokens of the chain, by placeholder. */
  tokens?: Record<string, TokenContent>;
}

export interface Topic {
  topic: string;
  chains: Chain[];
}

/** All recordings of a folder, by file name. */
export function readTopics(folder: string): Topic[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return files
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Topic)
    .filter((topic) => Array.isArray(topic.chains));
}

/** What a step is called in reports. */
export function titleOf(step: Step): string {
  return "name" in step ? step.name : step.kind;
}
