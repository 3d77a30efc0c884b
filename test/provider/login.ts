/** A login through the modules of src/provider, step by step, for tests that need one behind them. */
import { REDIRECT_URI } from "../fixtures/addresses.mjs";
import { logIn } from "../fixtures/browser.ts";
import { fakeIssuer, settingsOf } from "../fixtures/fake-control.ts";
import { authorizationUrl } from "../../src/provider/authorization-request.ts";
import { readAuthorizationResponse } from "../../src/provider/authorization-response.ts";
import { type CodeExchange, exchangeCode, type LoggedIn } from "../../src/provider/code-exchange.ts";
import { discover, type ProviderMetadata } from "../../src/provider/metadata.ts";
import type { ProviderSettings } from "../../src/provider/settings.ts";

export const STATE = "state-of-the-flow";
export const NONCE = "nonce-of-the-flow";
export const VERIFIER = "verifier-of-the-flow-0123456789-0123456789-0123456789";

export interface Login {
  readonly provider: ProviderSettings;
  readonly server: ProviderMetadata;
}

export interface Asked {
  readonly scopes?: readonly string[];
  readonly audiences?: readonly string[];
}

export function limit(milliseconds = 10_000): AbortSignal {
  return AbortSignal.timeout(milliseconds);
}

export async function serverOf(provider: ProviderSettings): Promise<ProviderMetadata> {
  const discovery = await discover({ issuer: provider.issuer, now: 1_000_000, signal: limit() });
  if (discovery.outcome !== "found") throw new Error(discovery.detail);
  return discovery.server;
}

/** The query with which the provider sends the browser back. */
export async function answerOf({ provider, server }: Login, user: string, asked: Asked = {}): Promise<URLSearchParams> {
  const address = await authorizationUrl({
    provider,
    authorizationEndpoint: server.authorization_endpoint,
    redirectUri: REDIRECT_URI,
    scopes: asked.scopes ?? provider.scopes,
    audiences: asked.audiences ?? [],
    state: STATE,
    nonce: NONCE,
    codeVerifier: VERIFIER,
  });
  return (await logIn(address, user, REDIRECT_URI)).searchParams;
}

export async function exchange(login: Login, query: URLSearchParams, changes = {}): Promise<CodeExchange> {
  const { provider, server } = login;
  const answer = readAuthorizationResponse(server, provider.client_id, query, STATE);
  if (answer.outcome !== "code") throw new Error(JSON.stringify(answer));
  return exchangeCode({
    provider,
    server,
    parameters: answer.parameters,
    redirectUri: REDIRECT_URI,
    codeVerifier: VERIFIER,
    nonce: NONCE,
    signal: limit(),
    ...changes,
  });
}

/** A whole login; throws unless it succeeds. */
export async function loggedIn(issuer: string, user: string, asked: Asked = {}): Promise<Login & LoggedIn> {
  const provider = settingsOf(issuer);
  const login = { provider, server: await serverOf(provider) };
  const result = await exchange(login, await answerOf(login, user, asked));
  if (result.outcome !== "granted") throw new Error(JSON.stringify(result));
  return { ...login, ...result };
}

/** Where a login at a fake issuer starts. */
export async function fakeLogin(trait: string): Promise<Login> {
  const provider = settingsOf(fakeIssuer(trait));
  return { provider, server: await serverOf(provider) };
}
