/** What a sensible request to each route says: the members of its body, before they are spoilt. */
import * as fc from "fast-check";
import { CODE_KINDS, goodSecret, type SecretKind, spoiltSecret, TOKEN_KINDS } from "./secrets.ts";
import { nastyText, nastyValue } from "./values.ts";

/** Who sends: somebody who knows nothing, or a holder of good tokens and codes. */
export type Sender = "stranger" | "holder";

export type Members = readonly (readonly [string, unknown])[];

/** A text where a secret belongs. */
export function secretFor(sender: Sender, kinds: readonly SecretKind[]): fc.Arbitrary<string> {
  const bad = fc.oneof({ weight: 4, arbitrary: spoiltSecret(kinds) }, { weight: 1, arbitrary: nastyText });
  return sender === "stranger"
    ? bad
    : fc.oneof({ weight: 12, arbitrary: goodSecret(kinds) }, { weight: 1, arbitrary: bad });
}

function oneOf(...values: readonly unknown[]): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 15, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: nastyValue });
}

const clause = fc
  .record(
    {
      exp: oneOf("+1h", "+1d", 4_000_000_000, 0, "never"),
      nbf: oneOf("-1h", 0, "+1s"),
      scope: oneOf("openid", "openid profile", ""),
      audience: oneOf(["https://a.example"], [], "https://a.example"),
      hosts: oneOf(["this"], ["0.0.0.0/0", "::/0"], ["*.example.org"], ["2001:db8::/32"], ["example.org"]),
      ip: oneOf(["this"]),
      geoip_allow: oneOf(["DE"], []),
      geoip_disallow: oneOf(["XX"]),
      usages_AT: oneOf(1, 0, 5),
      usages_other: oneOf(1, 3),
      include: oneOf("1d", "no-such-template", "read-only"),
    },
    { requiredKeys: [] },
  )
  .map((members) => members as unknown);

const CAPABILITIES = ["AT", "tokeninfo", "tokeninfo:introspect", "create_mytoken", "settings", "read@settings", "all"];

/** Members that describe a token which is asked for. */
const profile = {
  name: oneOf("a name", ""),
  restrictions: fc.oneof({ weight: 8, arbitrary: fc.array(clause, { maxLength: 3 }) }, nastyValue),
  capabilities: fc.oneof(fc.subarray(CAPABILITIES), oneOf("AT", "read-only AT")),
  subtoken_capabilities: oneOf(["AT"], []),
  rotation: oneOf({ on_AT: true }, { on_AT: true, on_other: true, auto_revoke: true, lifetime: 60 }, {}, null),
  response_type: oneOf("token", "short_token", "transfer_code", "auto"),
  max_token_len: oneOf(64, 0, 100_000),
  application_name: oneOf("an application"),
  include: oneOf("web-default", ["a", "b"], "no-such-profile"),
  error_on_restrictions: oneOf(true, false),
};

/** The members of the JSON or form body by route. `issuers`: providers that are configured. */
export function membersOf(route: string, sender: Sender, issuers: readonly string[]): fc.Arbitrary<Members> {
  const token = secretFor(sender, TOKEN_KINDS);
  const known = fc.constantFrom(...issuers);
  // A stranger who named one might start a login: see half-valid.ts.
  const issuer = sender === "holder" ? known : fc.oneof(nastyText, fc.constant("https://elsewhere.example"));
  const momId = fc.oneof(goodSecret(["momId"]), nastyText);
  const codes = { polling_code: secretFor(sender, CODE_KINDS), transfer_code: secretFor(sender, CODE_KINDS) };
  const path = route.split(" ")[1] ?? "";
  if (path === "/api/v0/token/my") {
    const grantType = oneOf("oidc_flow", "mytoken", "polling_code", "transfer_code", "refresh_token");
    const redirectUri = oneOf("/home", "https://app.example/back", "//evil.example", "javascript:x");
    const clientType = oneOf("native", "web");
    const more = { redirect_uri: redirectUri, client_type: clientType, ...codes, ...profile };
    return listed({ grant_type: grantType, oidc_issuer: issuer, mytoken: token, ...more });
  }
  if (path === "/api/v0/token/access") {
    const own = { grant_type: oneOf("mytoken", "refresh_token"), scope: oneOf("openid", ""), audience: oneOf("a b") };
    const resource = oneOf("https://r.example", ["https://r.example"]);
    return listed({ ...own, mytoken: token, refresh_token: token, resource, oidc_issuer: oneOf("", ...issuers) });
  }
  if (path === "/api/v0/token/revoke") {
    return listed({ token: fc.oneof(token, codes.polling_code), mom_id: momId, recursive: oneOf(false, true, "on") });
  }
  if (path === "/api/v0/tokeninfo") {
    const action = oneOf("introspect", "event_history", "subtokens", "list_mytokens", "notifications");
    return listed({
      action,
      mytoken: token,
      mom_ids: fc.oneof(fc.array(momId, { maxLength: 3 }), oneOf(["this", "children"])),
    });
  }
  if (path === "/api/v0/token/my/tags") {
    return listed({ tag: oneOf("a tag"), mytoken: token, mom_id: momId, include_children: oneOf(true) });
  }
  if (path.startsWith("/api/v0/settings")) {
    const mail = { email_address: oneOf("a@example.org", ""), prefer_html_mail: oneOf(true, "on") };
    return listed({
      mytoken: token,
      grant_type: oneOf("mytoken", "ssh"),
      color: oneOf("#aabbcc"),
      tag: oneOf("b"),
      ...mail,
    });
  }
  if (path.startsWith("/api/v0/pt")) {
    const payload = fc.oneof(clause, nastyValue, fc.array(clause, { maxLength: 2 }), oneOf("AT tokeninfo"));
    return listed({
      name: oneOf("template", "__proto__", "a/b"),
      payload,
      id: oneOf("00000000-0000-4000-8000-000000000000"),
    });
  }
  return listed({ oidc_issuer: fc.oneof(known, issuer), mytoken: token, ...profile });
}

/** Some of the members, each of the first three nearly always. */
function listed(members: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Members> {
  const names = Object.keys(members);
  const chosen = names.map((name, index) =>
    fc
      .option(members[name] ?? fc.constant(null), { freq: index < 3 ? 8 : 1, nil: undefined })
      .map((value) => [name, value] as const),
  );
  return fc.tuple(...chosen).map((all) => all.filter(([, value]) => value !== undefined));
}
