/** What no answer may be, whatever was asked. */
import type { HostileRequest } from "./requests.ts";
import { RUNTIME_STATUSES } from "./routes.ts";
import { type Secrets, withSecrets } from "./secrets.ts";
import type { Answer } from "./send.ts";

/** Traces of our own code, of the runtime and of the libraries. */
const INSIDES =
  /\n\s+at |TypeError|ReferenceError|RangeError|SyntaxError|D1_ERROR|SQLITE_|valibot|index\.js:\d|\[object Object\]/;
/** A shorter text may stand in an answer by chance, unless it is a word of its own there. */
const SHORTEST_PART = 24;
/** Of a transfer code; of what a mark made shorter nothing is said. */
const SHORTEST_WORD = 8;

export function headerOf(answer: Answer, name: string): string | undefined {
  return answer.headers.find(([given]) => given === name)?.[1];
}

/** Faults of one answer that can be seen from outside. From 500 up it is the log that tells which table counts. */
export function faultsOf(request: HostileRequest, answer: Answer | null, secrets: Secrets): string[] {
  // Even bytes that are no HTTP get an answer of the runtime.
  if (answer === null) return ["no answer"];
  const faults: string[] = [];
  const fault = (text: string | false) => text !== false && faults.push(text);
  if (headerOf(answer, "x-request-id") === undefined) {
    fault(!RUNTIME_STATUSES.includes(answer.status) && `${answer.status} that the Worker did not give`);
    return faults;
  }
  fault(answer.status === 500 && "500");
  fault(INSIDES.test(answer.body) && !INSIDES.test(sentText(request, secrets)) && "tells of its insides");
  fault(answer.body.includes("<hostile-tag") && isPage(answer) && "markup is not escaped");
  fault(answer.headers.some(([name]) => name === "x-hostile") && "a header was injected");
  fault(
    answer.headers.some(([name, value]) => name === "set-cookie" && value.startsWith("hostile")) &&
      "a cookie was injected",
  );
  fault(echoes(request, answer, secrets) && "echoes a secret");
  if (request.method !== "HEAD") for (const text of formFaults(request, answer)) fault(text);
  return faults;
}

function isPage(answer: Answer): boolean {
  return headerOf(answer, "content-type")?.startsWith("text/html") === true;
}

/** Errors are JSON for programs, with both members; or pages, never below /api. */
function formFaults(request: HostileRequest, answer: Answer): string[] {
  const { status, body } = answer;
  if (status === 204 || (status >= 300 && status < 400)) return body === "" ? [] : ["a body where there is none"];
  if (isPage(answer)) {
    const policy = headerOf(answer, "content-security-policy");
    const page = !policy?.includes("default-src 'none'") ? ["a page without policy"] : [];
    return isApi(request) ? [...page, "a page below /api"] : page;
  }
  if (headerOf(answer, "content-type") !== "application/json") {
    return status === 200 ? [] : [`${status} is neither JSON nor a page`];
  }
  const parsed = jsonIn(body);
  if (status < 400) return parsed === undefined ? ["broken JSON"] : [];
  const { error, error_description: description } = (parsed ?? {}) as Record<string, unknown>;
  if (typeof error !== "string" || error === "") return ["no error"];
  if (typeof description !== "string" || description === "") return ["no error_description"];
  // RFC 6749 §5.2.
  if (/[^\x20-\x21\x23-\x5b\x5d-\x7e]/.test(error + description)) return ["characters that no error may have"];
  return headerOf(answer, "cache-control") === "no-store" ? [] : ["an error that may be stored"];
}

/** Tricks may lead to the API or away from it; then both are right. */
function isApi(request: HostileRequest): boolean {
  return /^\/api\/[\w/.-]*$/.test(request.target);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * A good secret never comes back, and what no error may repeat is anything like one; a name that was given in a good
 * request may.
 */
function echoes(request: HostileRequest, answer: Answer, secrets: Secrets): boolean {
  const { target, headers, body } = request;
  const presented = [target, ...headers.map(([, value]) => value), String(body)].join("\n");
  const marks = presented.match(/⟦(?!momId)[^⟧]+⟧/g) ?? [];
  const text = answer.body + answer.headers.map(([, value]) => value).join("\n");
  const admitted = admittedIn(answer, withSecrets(target, secrets));
  return (
    marks
      // The head of a JWT is no secret.
      .filter((mark) => !mark.includes("!cut!") && (answer.status >= 400 || mark.includes("!as_it_is!")))
      .map((mark) => withSecrets(mark, secrets))
      .some((secret) => holds(text, secret) && !admitted.includes(secret))
  );
}

function holds(text: string, secret: string): boolean {
  if (secret.length >= SHORTEST_PART) return text.includes(secret);
  return /^\w+$/.test(secret) && secret.length >= SHORTEST_WORD && new RegExp(`\\b${secret}\\b`).test(text);
}

/** What of its own target an answer may repeat: the path that is none (token-core §1.6), and an application's name. */
function admittedIn(answer: Answer, target: string): string {
  const address = target.startsWith("/") ? `http://host${target}` : target;
  if (!URL.canParse(address)) return "";
  const { pathname, searchParams } = new URL(address);
  const isLastPage = /^\/native(?:\/abort)?\/?$/i.test(pathname.replaceAll("%61", "a"));
  if (answer.status === 200 && isLastPage) return searchParams.getAll("application").join("\n");
  const { error_description: description } = (jsonIn(answer.body) ?? {}) as Record<string, unknown>;
  return answer.status === 404 && typeof description === "string" && pathname.startsWith(description) ? pathname : "";
}

function sentText(request: HostileRequest, secrets: Secrets): string {
  return withSecrets(`${request.target}\n${String(request.body)}`, secrets);
}
