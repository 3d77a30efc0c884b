/**
 * Stands before the Worker, as the network does: a client that hangs up (`X-Hang-Up-After`, milliseconds) cancels the
 * Worker, which workerd alone does not do. `/faults/*` reaches the controls.
 */
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/faults/")) return control(pathname.slice("/faults/".length), request, env);
    const service = pathname === "/cut-write" ? env.CUT : env.SERVER;
    const after = request.headers.get("X-Hang-Up-After");
    if (after === null) return service.fetch(request);
    try {
      return await service.fetch(request, { signal: AbortSignal.timeout(Number(after)) });
    } catch {
      return new Response(null, { status: 499 });
    }
  },
};

async function control(verb, request, env) {
  const given = await request.json();
  const result = await env.CONTROL[verb](...given);
  return Response.json(result ?? null);
}
