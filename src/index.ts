/** The Worker: `fetch`, and the classes of the three Durable Objects. */
import { DurableObject } from "cloudflare:workers";

export class Mytoken extends DurableObject<Env> {}
export class Grant extends DurableObject<Env> {}
export class Authorization extends DurableObject<Env> {}

export default {
  fetch(): Response {
    return new Response("being built", { status: 503 });
  },
} satisfies ExportedHandler<Env>;
