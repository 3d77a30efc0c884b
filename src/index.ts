/** The Worker: `fetch`, `scheduled`, and the classes of the three Durable Objects. */
import { app } from "./app.ts";
import { rebuildDirectory } from "./rebuild.ts";
import { forgetOld } from "./retention.ts";

export { Authorization } from "./objects/authorization/authorization.ts";
export { Grant } from "./objects/grant/grant.ts";
export { Mytoken } from "./objects/mytoken/mytoken.ts";

export default {
  fetch: app.fetch,
  scheduled: async (_, env) => {
    await forgetOld(env);
    await rebuildDirectory(env);
  },
} satisfies ExportedHandler<Env>;
