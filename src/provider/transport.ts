/** How requests to providers are sent: never redirected, with a limit on what comes back, and named. */
import * as oauth from "oauth4webapi";
import { readBounded } from "../bounded-body.ts";
import { isInsecureProvider } from "./address.ts";

/** No answer of a provider is longer: 1 MiB. */
const MAXIMUM_BYTES = 1_048_576;

const USER_AGENT = "mytoken-server";

/** The body went on past the limit. */
export class AnswerTooLong extends Error {}

/** Options for the requests of oauth4webapi; plain HTTP only to providers of development. */
export function requestOptions(issuer: string, signal: AbortSignal) {
  return {
    headers: { "user-agent": USER_AGENT },
    signal,
    [oauth.allowInsecureRequests]: isInsecureProvider(issuer),
    // A function of its own each time: oauth4webapi shares pending key requests between callers with the same one, and
    // workerd lets no request wait for the I/O of another.
    [oauth.customFetch]: (address: string, init: SentRequest) => boundedFetch(address, init),
  };
}

type SentRequest = oauth.CustomFetchOptions<string, oauth.ProtectedResourceRequestBody>;

/** Sends a request and reads the whole answer. Throws what `fetch` throws, and `AnswerTooLong`. */
async function boundedFetch(address: string, init: SentRequest): Promise<Response> {
  const response = await fetch(address, init as RequestInit);
  const body = await readBounded(response, MAXIMUM_BYTES);
  if (body === null) {
    // An answer that is left open keeps its connection.
    await response.body?.cancel();
    throw new AnswerTooLong();
  }
  // Only these headers: the body is already decoded, so its length and encoding no longer hold.
  const kept = ["content-type", "www-authenticate"].map((name) => [name, response.headers.get(name)] as const);
  const headers = Object.fromEntries(kept.filter((header): header is [string, string] => header[1] !== null));
  return new Response(body.length === 0 ? null : body, { status: response.status, headers });
}
