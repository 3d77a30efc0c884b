/** The bindings of wrangler.toml, untrusted: `config.ts` parses the text ones once into `Config`. */
declare namespace Cloudflare {
  interface GlobalProps {
    mainModule: typeof import("./index.ts");
    durableNamespaces: "Mytoken" | "Grant" | "Authorization";
  }
  interface Env {
    readonly DIRECTORY: D1Database;
    readonly CODES: KVNamespace;
    readonly MYTOKEN: DurableObjectNamespace<import("./index.ts").Mytoken>;
    readonly GRANT: DurableObjectNamespace<import("./index.ts").Grant>;
    readonly AUTHORIZATION: DurableObjectNamespace<import("./index.ts").Authorization>;
    readonly STRANGERS: RateLimit;
    readonly HOLDERS: RateLimit;
    /** Variables and secrets, all text; names and defaults in docs/CONFIGURATION.md. */
    readonly [setting: string]: unknown;
  }
}
interface Env extends Cloudflare.Env {}

declare module "*.css" {
  const text: string;
  export default text;
}
declare module "*.txt" {
  const text: string;
  export default text;
}
declare module "*.svg" {
  const text: string;
  export default text;
}
