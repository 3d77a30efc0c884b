/** Operators, clients and a directory that is away, around the Worker with profile groups. */
import { answerOf, type Answer } from "../fixtures/client.ts";
import { flowRow } from "../storage/inside.ts";
import { ISSUER, send } from "../http/worker.ts";

const PASSWORDS = { _: "default group's password", grp: "grp: päss wörd", other: "other's password" };

export interface Call {
  /** Whose credentials; `undefined`: none. */
  readonly as?: keyof typeof PASSWORDS;
  readonly headers?: Record<string, string>;
  /** Sent as JSON; a text as it is. */
  readonly body?: unknown;
  readonly settings?: Record<string, unknown>;
  readonly address?: string;
}

/** A directory that fails. */
export const AWAY = {
  prepare: () => {
    throw new Error("D1_ERROR: no such place");
  },
};

/** `Authorization` of a group. */
export function basic(user: string, password: string): string {
  return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${user}:${password}`)))}`;
}

/** Calls a path below `/api/v0`. Lists are wrapped: `body.list`. */
export async function call(method: string, path: string, options: Call = {}): Promise<Answer & { list: unknown }> {
  const { as, body, settings, address = "192.0.2.7" } = options;
  const response = await send(
    `/api/v0${path}`,
    {
      method,
      headers: {
        "CF-Connecting-IP": address,
        ...(as && { Authorization: basic(as, PASSWORDS[as]) }),
        ...options.headers,
      },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    },
    { PROFILE_GROUPS: JSON.stringify(PASSWORDS), ...settings },
  );
  const answer = await answerOf(response);
  return { ...answer, list: answer.body };
}

/** Stores a template and gives its id. */
export async function create(kind: string, group: keyof typeof PASSWORDS, name: string, payload: unknown) {
  const { status, body } = await call("POST", `/pt/${group}/${kind}`, { as: group, body: { name, payload } });
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
  return String(body["id"]);
}

/** The listed templates of a group by name. */
export async function listed(kind: string, group: string): Promise<Record<string, unknown>> {
  const { list } = await call("GET", `/pt/${group}/${kind}`);
  const templates = list as { name: string; payload: unknown }[];
  return Object.fromEntries(templates.map(({ name, payload }) => [name, payload]));
}

/** A login start: the refusal, or what the stored flow asks for. */
export async function startWith(request: Record<string, unknown>, settings: Record<string, unknown> = {}) {
  const body = { grant_type: "oidc_flow", oidc_issuer: "https://op.example.com", client_type: "native", ...request };
  const started = await call("POST", "/token/my", { body, settings });
  if (started.status !== 200) return { status: started.status, ...started.body };
  const consentPath = String(started.body["consent_uri"]).slice(ISSUER.length);
  const { capabilities, restrictions, rotation, name } = (await flowRow({ consentPath }))!.request;
  return { status: 200, capabilities, restrictions, rotation, name };
}
