/**
 * The provider of the recordings: many issuers on one port, by the first segment of the path. It does what the recorded
 * one did (test/golden/README.md), and signs its ID tokens. What it received and what it shall answer next is told to
 * it directly: it runs in the process of the replay.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { IdTokenSigner } from "./id-token.ts";
import { type Answer, type Form, TokenEndpoint } from "./token-endpoint.ts";
import { TRAITS } from "./traits.ts";

export const STUB_CLIENT = { id: "stub-client", secret: "stub-secret" };

/** One request as `op_log` shows it. */
export interface LoggedRequest {
  readonly op: string;
  readonly method: string;
  readonly path: string;
  readonly query: Form;
  readonly form: Form;
  readonly auth: string | undefined;
  readonly content_type: string | undefined;
}

/** The `set` of a step `op_next`. */
export interface Prepared {
  readonly op: string;
  readonly path: string;
  readonly destroy?: boolean;
  readonly rotateFirst?: boolean;
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export class StubProvider {
  readonly origin: string;
  readonly #server: Server;
  readonly #signer = new IdTokenSigner();
  readonly #tokens = new TokenEndpoint(this.#signer, STUB_CLIENT.id);
  readonly #prepared = new Map<string, Omit<Prepared, "op" | "path">[]>();
  #log: LoggedRequest[] = [];
  #cut = false;

  private constructor(server: Server, origin: string) {
    this.#server = server;
    this.origin = origin;
    server.on("request", (request, response) => {
      this.#handle(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  static async start(): Promise<StubProvider> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    return new StubProvider(server, `http://127.0.0.1:${port}`);
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  /** The next answer of an endpoint. */
  prepare({ op, path, ...prepared }: Prepared): void {
    const key = op + path;
    this.#prepared.set(key, [...(this.#prepared.get(key) ?? []), prepared]);
  }

  /** Whether a connection was cut since the last call. Prepared cuts that nobody ran into are forgotten. */
  takeCut(): boolean {
    for (const [key, list] of this.#prepared)
      this.#prepared.set(
        key,
        list.filter(({ destroy }) => !destroy),
      );
    const cut = this.#cut;
    this.#cut = false;
    return cut;
  }

  /** Requests since the last call. */
  takeLog(): LoggedRequest[] {
    const log = this.#log;
    this.#log = [];
    return log;
  }

  logged(): number {
    return this.#log.length;
  }

  reset(): void {
    this.#prepared.clear();
    this.#log = [];
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.origin);
    const [, op = "", ...rest] = url.pathname.split("/");
    const path = `/${rest.join("/")}`;
    const traits = TRAITS[op];
    if (!traits) return send(response, { status: 404, body: { error: "unknown op" } });
    const issuer = { url: `${this.origin}/${op}`, traits };
    if (path === "/.well-known/openid-configuration")
      return send(response, { status: 200, body: metadata(issuer.url) });
    if (path === "/jwks") return send(response, { status: 200, body: this.#signer.jwks });
    const form = lists(new URLSearchParams(await textOf(request)));
    const query = lists(url.searchParams);
    const { method = "GET", headers } = request;
    const { authorization: auth, "content-type": content_type } = headers;
    this.#log.push({ op, method, path, query, form, auth, content_type });
    const prepared = this.#prepared.get(op + path)?.shift();
    if (prepared?.destroy) {
      if (prepared.rotateFirst) this.#tokens.rotateInVain(form);
      this.#cut = true;
      request.socket.destroy();
      return;
    }
    if (prepared?.status !== undefined) return send(response, { body: "", ...prepared, status: prepared.status });
    if (path === "/auth") return this.#authorize(query, response);
    if (path === "/token") return send(response, this.#tokens.answer(issuer, form));
    if (path === "/revoke") return send(response, this.#tokens.revoke(form));
    if (path === "/userinfo") return send(response, { status: 200, body: USERINFO });
    send(response, { status: 404, body: { error: "not_found" } });
  }

  /** Logs in whoever `login_hint` names; `deny` refuses. */
  #authorize(query: Form, response: ServerResponse): void {
    const user = query["login_hint"]?.[0] ?? "alice";
    const callback = new URL(query["redirect_uri"]?.[0] ?? "");
    callback.searchParams.set("state", query["state"]?.[0] ?? "");
    if (user === "deny") {
      callback.searchParams.set("error", "access_denied");
      callback.searchParams.set("error_description", "the user said no");
    } else {
      const audiences = query["resource"] ?? query["audience"] ?? [];
      const nonce = query["nonce"]?.[0] ?? null;
      const scope = query["scope"]?.[0] ?? "";
      callback.searchParams.set("code", this.#tokens.newCode({ user, scope, audiences, nonce }));
    }
    send(response, { status: 302, body: "", headers: { location: callback.href } });
  }
}

const USERINFO = { sub: "from-userinfo", email: "ui@example.org", email_verified: true, groups: ["users"] };

function metadata(issuer: string): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    revocation_endpoint: `${issuer}/revoke`,
    introspection_endpoint: `${issuer}/introspect`,
    registration_endpoint: `${issuer}/reg`,
    jwks_uri: `${issuer}/jwks`,
    scopes_supported: ["openid", "profile", "email", "offline_access", "storage.read", "storage.write"],
    response_types_supported: ["code"],
    grant_types_supported: ["authorization_code", "refresh_token"],
  };
}

function send(response: ServerResponse, answer: Answer & { headers?: Record<string, string> }): void {
  const { status, body, headers } = answer;
  const isText = typeof body === "string";
  const text = isText ? body : JSON.stringify(body);
  response.writeHead(status, {
    "content-type": isText ? "text/html" : "application/json",
    "content-length": Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

function lists(parameters: URLSearchParams): Form {
  const result: Record<string, string[]> = Object.create(null);
  for (const [name, value] of parameters) (result[name] ??= []).push(value);
  return result;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
