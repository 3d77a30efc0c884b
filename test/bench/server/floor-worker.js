/**
 * The floor: the least that a server with the promises of DESIGN §3 can do. A bare Worker and one or two object hops, with
 * as many commits and, if it `asksProvider`, the same outgoing call. What is wanted comes as JSON, the shape of `Floor`
 * (floor.ts); a GET is answered without any object.
 *
 * The first commit is the first object's, before anything leaves it, as a use is reserved. Of the others two objects share:
 * the second makes its part when it was asked and the provider has answered, the first the rest afterwards. So three
 * commits are an event, a refresh token and a rotation; six are two in the family and four elsewhere, as a subtoken needs.
 */
import { DurableObject } from "cloudflare:workers";

export class First extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    createTable(ctx.storage);
  }

  async use(name, { objects, commits, asksProvider }) {
    const ofSecond = objects === 2 ? Math.floor((commits - 1) / 2) : 0;
    await commit(this.ctx.storage, 1);
    const answer = objects === 2 ? await this.env.SECOND.getByName(name).use(ofSecond, asksProvider) : {};
    await commit(this.ctx.storage, commits - 1 - ofSecond);
    return answer;
  }
}

export class Second extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    createTable(ctx.storage);
  }

  async use(commits, asksProvider) {
    const answer = asksProvider ? await this.#ask() : {};
    await commit(this.ctx.storage, commits);
    return answer;
  }

  async #ask() {
    const response = await fetch(this.env.TOKEN_ENDPOINT, {
      method: "POST",
      headers: { Authorization: this.env.AUTHORIZATION, "Content-Type": "application/x-www-form-urlencoded" },
      body: "grant_type=refresh_token&refresh_token=floor",
    });
    return response.json();
  }
}

function createTable({ sql }) {
  sql.exec("CREATE TABLE IF NOT EXISTS event (id INTEGER PRIMARY KEY, time INTEGER, event TEXT) STRICT");
}

/** Writes so many times, and waits for the disk each time: without that several writes are one commit. */
async function commit(storage, times) {
  for (let done = 0; done < times; done++) {
    storage.sql.exec("INSERT INTO event (time, event) VALUES (?, 'used')", Date.now());
    await storage.sync();
  }
}

export default {
  async fetch(request, env) {
    if (request.method === "GET") return Response.json({});
    const name = new URL(request.url).pathname.slice(1);
    const { access_token, token_type, expires_in } = await env.FIRST.getByName(name).use(name, await request.json());
    return Response.json({ access_token, token_type, expires_in });
  },
};
