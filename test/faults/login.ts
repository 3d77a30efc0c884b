/** A login from start to collection, as a native client and a browser do it, with faults in between. */
import type { Random } from "./random.ts";
import { type History, sleep } from "./history.ts";
import type { Code, Family, Token } from "./model.ts";
import { tokenIn } from "./tokens.ts";
import { ISSUERS } from "./world.ts";

const CAPABILITIES = ["AT", "tokeninfo", "create_mytoken"];
const MY = "/api/v0/token/my";
const POLLS = 40;
/** Who gets no answer to an approval clicks again. */
const APPROVALS = 2;

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

/** Milliseconds after which the client hangs up, or `null`, drawn anew for each call. */
type HangUp = () => number | null;

/** Logs in, and remembers the token if it was given one. */
export async function login(history: History, random: Random, faulty: boolean): Promise<Token | null> {
  const family = history.newFamily(random.pick(ISSUERS));
  const hangUp = () => (faulty ? history.hangUp(random) : null);
  if (faulty && random.chance(0.4)) await history.script(family, [random.pick(CODE_FAULTS)]);
  const oidcIssuer = history.world.issuer(family.trait);
  const request = {
    grant_type: "oidc_flow",
    oidc_issuer: oidcIssuer,
    client_type: "native",
    capabilities: CAPABILITIES,
  };
  const { status, body } = await history.send(MY, request, { operation: "start", family, hangUp: hangUp() });
  if (status !== 200) return null;
  const pollingCode = String(body["polling_code"]);
  const code: Code = { kind: "polling", text: pollingCode, token: null };
  family.flowId = pollingCode.slice(0, 8);
  const back = await approve(history, hangUp, family, new URL(String(body["consent_uri"])).pathname);
  if (back === null) return null;
  const wanted = { operation: "return", family, method: "GET", cookie: back.cookie } as const;
  const returning = history.send(back.path, null, { ...wanted, hangUp: hangUp() });
  if (faulty && random.chance(0.2)) {
    await sleep(random.integer(0, 40));
    await history.reset("authorization", family, null);
  }
  // The browser reloads: one state is good once.
  if (random.chance(0.3)) await history.send(back.path, null, wanted);
  await returning;
  return collect(history, random, hangUp, family, code);
}

async function approve(history: History, hangUp: HangUp, family: Family, consentPath: string) {
  const approval = {
    oidc_issuer: history.world.issuer(family.trait),
    capabilities: CAPABILITIES,
    restrictions: [],
    rotation: null,
    name: "",
  };
  for (let tries = 0; tries < APPROVALS; tries++) {
    const wanted = { operation: "approve", family, hangUp: hangUp() } as const;
    const { outcome, status, body, headers } = await history.send(consentPath, approval, wanted);
    if (outcome === "unknown") continue;
    if (status !== 278) return null;
    const cookie = (headers.get("Set-Cookie") ?? "").split(";")[0] ?? "";
    const address = new URL(String(body["authorization_uri"]));
    address.searchParams.set("login_hint", family.user);
    const response = await fetch(address, { redirect: "manual" });
    const location = new URL(response.headers.get("location") ?? "http://nowhere.invalid/");
    return { cookie, path: location.pathname + location.search };
  }
  return null;
}

/** Polls, sometimes twice at once, until there is a token or none to come. */
async function collect(
  history: History,
  random: Random,
  hangUp: HangUp,
  family: Family,
  code: Code,
): Promise<Token | null> {
  const request = { grant_type: "polling_code", polling_code: code.text };
  for (let polls = 0; polls < POLLS; polls++) {
    const pollers = random.chance(0.3) ? 2 : 1;
    const calls = await Promise.all(
      Array.from({ length: pollers }, () =>
        history.send(MY, request, { operation: "poll", family, about: code, hangUp: hangUp() }),
      ),
    );
    const given = calls.find(({ outcome }) => outcome === "ok");
    if (given) return history.hold(tokenIn(family, null, given.body));
    if (calls.every(({ status }) => status === 401)) return null;
    await sleep(150);
  }
  return null;
}
