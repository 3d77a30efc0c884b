/** How requests to providers are sent: never redirected, with a limit on what comes back, and named. */
import * as oauth from "oauth4webapi";
import { readBounded } from "../bounded-body.ts";
import { isInsecureProvider } from "./address.ts";

/** No answer of a provider is longer: 1 MiB. */
const MAXIMUM_BYTES = 1_048_576;

const USER_AGENT = "mytoken-server";

/** The body went on past the limit. */
export class AnswerTooLong extends Error {}

/** Options for the requests of oauth4webapi, whose answers are read whole; plain HTTP only to providers of development. */
export function requestOptions(issuer: string, signal: AbortSignal) {
  // A function of its own each time: oauth4webapi shares pending key requests between callers with the same one, and
  // workerd lets no request wait for the I/O of another.
  return optionsWith(issuer, signal, async (address, init) => {
    const response = await fetch(address, init as RequestInit);
    const body = await readAnswer(response);
    // Only these headers: the body is already decoded, so its length and encoding no longer hold.
    const kept = ["content-type", "www-authenticate"].map((name) => [name, response.headers.get(name)] as const);
    const headers = Object.fromEntries(kept.filter((header): header is [string, string] => header[1] !== null));
    return new Response(body.length === 0 ? null : body, { status: response.status, headers });
  });
}

/** The same for a request whose answer the caller reads, with `readAnswer`. */
export function unreadRequestOptions(issuer: string, signal: AbortSignal) {
  return optionsWith(issuer, signal, (address, init) => fetch(address, init as RequestInit));
}

/** The whole body of an answer. Throws what reading throws, and `AnswerTooLong`. */
export async function readAnswer(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  const body = await readBounded(response, MAXIMUM_BYTES);
  if (body !== null) return body;
  // An answer that is left open keeps its connection.
  await response.body?.cancel();
  throw new AnswerTooLong();
}

type Send = (
  address: string,
  init: oauth.CustomFetchOptions<string, oauth.ProtectedResourceRequestBody>,
) => Promise<Response>;

function optionsWith(issuer: string, signal: AbortSignal, send: Send) {
  return {
    headers: { "user-agent": USER_AGENT },
    signal,
    [oauth.allowInsecureRequests]: isInsecureProvider(issuer),
    [oauth.customFetch]: send,
  };
}
