/** The Worker: `fetch`, and the classes of the three Durable Objects. */
import { app } from "./app.ts";

export { Authorization } from "./objects/authorization/authorization.ts";
export { Grant } from "./objects/grant/grant.ts";
export { Mytoken } from "./objects/mytoken/mytoken.ts";

export default { fetch: app.fetch } satisfies ExportedHandler<Env>;
