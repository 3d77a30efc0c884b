/** For the control test: a write that a Worker makes by itself after a while, in no object. A hang-up cuts it. */
export default {
  async fetch(request, env) {
    const key = new URL(request.url).searchParams.get("key");
    if (request.method === "GET") return new Response(await env.CODES.get(key));
    await scheduler.wait(200);
    await env.CODES.put(key, "written");
    return new Response("written");
  },
};
