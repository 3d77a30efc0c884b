/** A login from start to collection, as a native client and a browser do it, with faults in between. */
import type { Random } from "./random.ts";
import { type History, sleep } from "./history.ts";
import type { Code, Family, Token } from "./model.ts";
import { ISSUERS } from "./world.ts";

const CAPABILITIES = ["AT", "tokeninfo", "create_mytoken"];
const MY = "/api/v0/token/my";
const POLLS = 40;

/** What the provider may do to the code exchange of a login. */
const CODE_FAULTS: readonly object[] = [
  { cut: true },
  { commit: true, cut: true },
  { commit: true, hang: true },
  { answer: { status: 503, body: "<h1>away</h1>" } },
  { commit: true, answer: { status: 502, body: "<h1>bad gateway</h1>" } },
  { delay: 1500 },
  { idToken: "bad_signature" },
  { idToken: "wrong_nonce" },
];

/** Logs in, and remembers the token if it was given one. */
export async function login(history: History, random: Random, faulty: boolean): Promise<Token | null> {
  const family = history.newFamily(random.pick(ISSUERS));
  if (faulty && random.chance(0.4)) await history.script(family, [random.pick(CODE_FAULTS)]);
  const oidcIssuer = history.world.issuer(family.trait);
  const request = {
    grant_type: "oidc_flow",
    oidc_issuer: oidcIssuer,
    client_type: "native",
    capabilities: CAPABILITIES,
  };
  const { status, body } = await history.send(MY, request, { operation: "login" });
  if (status !== 200) return null;
  const pollingCode = String(body["polling_code"]);
  const code: Code = { kind: "polling", text: pollingCode, token: null };
  history.codes.push(code);
  family.flowId = pollingCode.slice(0, 8);
  const consentPath = new URL(String(body["consent_uri"])).pathname;
  const back = await approve(history, family, consentPath);
  if (back === null) return null;
  family.mayBeLost = true;
  const hangUp = faulty ? history.hangUp(random) : null;
  const returning = history.send(back.path, null, { operation: "login", method: "GET", cookie: back.cookie, hangUp });
  if (faulty && random.chance(0.2)) {
    await sleep(random.integer(0, 40));
    await history.reset("authorization", family, null);
  }
  // The browser reloads: one state is good once.
  if (random.chance(0.3)) {
    await history.send(back.path, null, { operation: "login", method: "GET", cookie: back.cookie });
  }
  const returned = await returning;
  const token = await collect(history, random, family, code);
  // A clean refusal of the login leaves nothing behind, nor does one that was collected.
  if (token !== null || (returned.outcome === "refused" && !wentDown(returned.status))) family.mayBeLost = false;
  return token;
}

/** An object went down in the middle of it. */
function wentDown(status: number | null): boolean {
  return status === 500 || status === 503;
}

async function approve(history: History, family: Family, consentPath: string) {
  const approval = {
    oidc_issuer: history.world.issuer(family.trait),
    capabilities: CAPABILITIES,
    restrictions: [],
    rotation: null,
    name: "",
  };
  const { status, body, headers } = await history.send(consentPath, approval, { operation: "login" });
  if (status !== 278) return null;
  const cookie = (headers.get("Set-Cookie") ?? "").split(";")[0] ?? "";
  const address = new URL(String(body["authorization_uri"]));
  address.searchParams.set("login_hint", family.user);
  const response = await fetch(address, { redirect: "manual" });
  const location = new URL(response.headers.get("location") ?? "http://nowhere.invalid/");
  return { cookie, path: location.pathname + location.search };
}

/** Polls, sometimes twice at once, until there is a token or none to come. */
async function collect(history: History, random: Random, family: Family, code: Code): Promise<Token | null> {
  const request = { grant_type: "polling_code", polling_code: code.text };
  for (let polls = 0; polls < POLLS; polls++) {
    const pollers = random.chance(0.3) ? 2 : 1;
    const calls = await Promise.all(
      Array.from({ length: pollers }, () => history.send(MY, request, { operation: "poll", about: code })),
    );
    const given = calls.find(({ outcome }) => outcome === "ok");
    if (given) return tokenOf(history, family, null, given.body);
    if (calls.some(({ outcome, status }) => outcome === "unknown" || wentDown(status))) family.mayBeCollected = true;
    if (calls.every(({ status }) => status === 401)) return null;
    await sleep(150);
  }
  return null;
}

/** Remembers a token that an answer gave. `null` if it gave a transfer code. */
export function tokenOf(
  history: History,
  family: Family,
  parent: Token | null,
  body: Readonly<Record<string, unknown>>,
): Token {
  const clauses = (body["restrictions"] ?? []) as { usages_AT?: number; exp?: number }[];
  const rotation = body["rotation"] as { on_AT?: boolean; auto_revoke?: boolean } | undefined;
  const token: Token = {
    momId: String(body["mom_id"]),
    family,
    parent,
    text: "",
    texts: new Map(),
    mayCreate: (body["capabilities"] as string[]).includes("create_mytoken"),
    usagesAT: clauses[0]?.usages_AT ?? null,
    autoRevoke: rotation?.on_AT === true ? rotation.auto_revoke === true : null,
    expires: clauses[0]?.exp !== undefined,
    mayBeOutdated: false,
    turn: Promise.resolve(),
  };
  if (typeof body["mytoken"] === "string") remember(token, body["mytoken"]);
  history.tokens.push(token);
  return token;
}

/** The token's present text. */
export function remember(token: Token, text: string): void {
  token.text = text;
  note(token, text);
}

/** A text that was given out for the token. */
export function note(token: Token, text: string): void {
  if (!text.includes(".")) return;
  const { seq_no: seqNo } = JSON.parse(Buffer.from(text.split(".")[1]!, "base64url").toString()) as { seq_no: number };
  token.texts.set(seqNo, (token.texts.get(seqNo) ?? new Set()).add(text));
}
