/**
 * A real OpenID provider on this machine, for tests, `npm start` and the demo: oidc-provider with its development login
 * pages (any user name, any password), refresh tokens, resource indicators (RFC 8707), revocation and introspection.
 * It remembers in a folder, or without one only as long as it runs.
 */
import { createServer } from "node:http";
import { exportJWK, generateKeyPair } from "jose";
import { errors, Provider } from "oidc-provider";
import { openProviderStore } from "./local/provider-store.mjs";

/** The client that the server is there, unless told otherwise. */
export const CLIENT_ID = "mytoken";

const DAY_SECONDS = 86_400;

/**
 * @param {object} [options]
 * @param {number} [options.port] 0 takes a free one
 * @param {string} [options.host] address to listen on; the issuer is always http://localhost:<port>
 * @param {boolean} [options.rotate] whether each refresh gives a new refresh token (and reuse of an old one ends the grant)
 * @param {readonly string[]} [options.redirectUris]
 * @param {string} [options.clientId]
 * @param {string} [options.clientSecret]
 * @param {"client_secret_basic" | "client_secret_post"} [options.clientAuthentication]
 * @param {readonly string[]} [options.resources] audiences that it knows; absent: any
 * @param {Record<string, number>} [options.ttl] lifetimes in seconds, by oidc-provider's names
 * @param {string} [options.folder] for what it remembers
 * @param {(event: string, message: string) => void} [options.report] told about refusals and errors
 * @returns {Promise<{ issuer: string, port: number, provider: Provider, close: () => Promise<void> }>}
 */
export async function startEmbeddedProvider({
  port = 8788,
  host = "127.0.0.1",
  rotate = true,
  redirectUris = ["http://localhost:8787/redirect"],
  clientId = CLIENT_ID,
  clientSecret = "embedded-provider-secret",
  clientAuthentication = "client_secret_basic",
  resources,
  ttl = {},
  folder,
  report = () => {},
} = {}) {
  const server = createServer();
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve(undefined));
  });
  const address = server.address();
  const actualPort = typeof address === "object" && address !== null ? address.port : port;
  const issuer = `http://localhost:${actualPort}`;
  const client = {
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uris: [...redirectUris],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: clientAuthentication,
  };
  const store = folder === undefined ? undefined : openProviderStore(folder);
  const settings = await configuration({ client, rotate, resources, ttl, store });
  const provider = withoutWarnings(() => new Provider(issuer, settings));
  for (const event of ["authorization.error", "grant.error", "revocation.error", "userinfo.error", "server_error"]) {
    provider.on(event, (_context, error) => report(event, `${error.message}: ${error.error_description ?? ""}`));
  }
  server.on("request", provider.callback());
  const close = () =>
    new Promise((resolve) => {
      server.close(() => resolve(undefined));
      server.closeAllConnections();
    });
  return { issuer, port: actualPort, provider, close };
}

async function configuration({ client, rotate, resources, ttl, store }) {
  const keys = store ? await store.keys(newKeys) : await newKeys();
  return {
    adapter: store?.adapter,
    clients: [client],
    scopes: ["openid", "offline_access", "profile", "email", "groups", "storage.read", "storage.write"],
    claims: { openid: ["sub"], profile: ["name"], email: ["email", "email_verified"], groups: ["groups"] },
    // Claims stand in the ID token too, as at most providers: without this only userinfo has them.
    conformIdTokenClaims: false,
    features: {
      devInteractions: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true, allowedPolicy: () => true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        useGrantedResource: () => false,
        getResourceServerInfo: (_context, resource) => {
          if (resources && !resources.includes(resource)) throw new errors.InvalidTarget();
          return {
            scope: "storage.read storage.write",
            audience: resource,
            accessTokenFormat: "jwt",
            accessTokenTTL: ttl.AccessToken ?? 600,
            jwt: { sign: { alg: "ES256" } },
          };
        },
      },
    },
    jwks: { keys: keys.signing },
    cookies: { keys: keys.cookies },
    findAccount: (_context, id) => ({ accountId: id, claims: () => claimsOf(id) }),
    issueRefreshToken: (_context, client, code) =>
      client.grantTypeAllowed("refresh_token") && code.scopes.has("offline_access"),
    rotateRefreshToken: (context) => rotate && asksForWhatWasGranted(context),
    expiresWithSession: () => false,
    ttl: {
      AccessToken: 600,
      RefreshToken: 30 * DAY_SECONDS,
      Grant: 30 * DAY_SECONDS,
      Session: DAY_SECONDS,
      Interaction: 600,
      IdToken: 600,
      ...ttl,
    },
  };
}

/** Everybody exists; names that begin with `admin` are in the group of that name. */
function claimsOf(id) {
  return {
    sub: id,
    name: id,
    email: `${id}@example.org`,
    email_verified: true,
    groups: id.startsWith("admin") ? ["admins", "users"] : ["users"],
  };
}

async function newKeys() {
  return { signing: [await privateKey("ES256"), await privateKey("RS256")], cookies: [crypto.randomUUID()] };
}

async function privateKey(alg) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg, use: "sig", kid: `${alg.toLowerCase()}-1` };
}

/** Its constructor warns of what is meant here: everything that must not be used in production. */
function withoutWarnings(make) {
  const { warn } = console;
  console.warn = () => {};
  try {
    return make();
  } finally {
    console.warn = warn;
  }
}

/**
 * oidc-provider uses a refresh token up before it looks at `resource`, and then refuses one that was not granted: the new
 * token would be made and never handed out. So there it does not rotate.
 */
function asksForWhatWasGranted({ oidc: { params, entities } }) {
  const granted = [entities.RefreshToken?.resource ?? []].flat();
  return [params?.resource ?? []].flat().every((resource) => granted.includes(resource));
}
