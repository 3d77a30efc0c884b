/**
 * The floor: the least that a server with the promises of DESIGN §3 can do. A bare Worker, two object hops, a commit in
 * the first object, the same outgoing call. `POST /<commits>/<name>`: with 2 commits the first object writes once more
 * when the answer is in, with 3 the second object does as well; with 0 the Worker answers by itself.
 */
import { DurableObject } from "cloudflare:workers";

export class First extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS event (id INTEGER PRIMARY KEY, time INTEGER, event TEXT) STRICT");
  }

  async exchange(name, commits) {
    this.#write("begun");
    const answer = await this.env.SECOND.getByName(name).refresh(commits);
    if (commits > 1) this.#write("finished");
    return answer;
  }

  #write(event) {
    this.ctx.storage.sql.exec("INSERT INTO event (time, event) VALUES (?, ?)", Date.now(), event);
  }
}

export class Second extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS event (id INTEGER PRIMARY KEY, time INTEGER) STRICT");
  }

  async refresh(commits) {
    const response = await fetch(this.env.TOKEN_ENDPOINT, {
      method: "POST",
      headers: { Authorization: this.env.AUTHORIZATION, "Content-Type": "application/x-www-form-urlencoded" },
      body: "grant_type=refresh_token&refresh_token=floor",
    });
    const answer = await response.json();
    if (commits > 2) this.ctx.storage.sql.exec("INSERT INTO event (time) VALUES (?)", Date.now());
    return answer;
  }
}

export default {
  async fetch(request, env) {
    const [, commits, name] = new URL(request.url).pathname.split("/");
    if (commits === "0") return Response.json({ commits: 0 });
    await request.json();
    const { access_token, token_type, expires_in } = await env.FIRST.getByName(name).exchange(name, Number(commits));
    return Response.json({ access_token, token_type, expires_in });
  },
};
