/** GET /redirect: the browser comes back from the provider (token-core §7.7). */
import { getCookie } from "hono/cookie";
import type { Config } from "../../config.ts";
import { refuse, type Result } from "../../errors.ts";
import { callerOf } from "../../http/caller.ts";
import type { EdgeContext } from "../../http/context.ts";
import { endedLoginCookie, loginCookieName, sessionCookie, transferCodeCookie } from "../../http/cookies.ts";
import { refusedPage } from "../../http/page-response.ts";
import { countStranger } from "../../http/rate-limit.ts";
import type { Returned } from "../../objects/authorization/redirect.ts";
import { flowIdOf } from "../../token/ids.ts";

/** RFC 9110 §15.4.4: what follows is a GET of something else. */
const SEE_OTHER = 303;

export async function redirect(context: EdgeContext): Promise<Response> {
  const config = context.get("config");
  const caller = callerOf(context.req.raw, config.clientAddress);
  const flowId = await flowIdOf(config.pepper, "state", context.req.query("state") ?? "");
  if (flowId === null) {
    const limited = await countStranger(context.env.STRANGERS, caller.address);
    return refusedPage(context, limited ?? { reason: "state_mismatched" });
  }
  const cookie = getCookie(context, loginCookieName(flowId)) ?? null;
  const query = new URL(context.req.url).search;
  const returned: Result<Returned> =
    cookie === null
      ? refuse({ reason: "state_mismatched" })
      : await context.env.AUTHORIZATION.getByName(flowId).return({ query, cookie, caller });
  if (!returned.ok) return refusedPage(context, returned.refusal);
  context.get("log").events.push("created");
  return seeOther(config, flowId, returned.value);
}

function seeOther(config: Config, flowId: string, returned: Returned): Response {
  const headers = new Headers({ "Cache-Control": "no-store", "Set-Cookie": endedLoginCookie(config, flowId) });
  if (returned.client === "native") {
    const { applicationName } = returned;
    const query = applicationName ? `?application=${encodeURIComponent(applicationName)}` : "";
    headers.set("Location", `/native${query}`);
  } else {
    const { form, text } = returned.token;
    // The kind of cookie goes by what was delivered (QUIRK-38).
    headers.append(
      "Set-Cookie",
      form === "transfer_code" ? transferCodeCookie(config, text) : sessionCookie(config, text),
    );
    headers.set("Location", inHeader(returned.redirectUri));
  }
  return new Response(null, { status: SEE_OTHER, headers });
}

/** An address as a header can hold it: what is no printable ASCII is encoded, as browsers would (URL Standard §1.3). */
function inHeader(address: string): string {
  return address.replaceAll(/[^\x21-\x7e]+/g, encodeURIComponent);
}
