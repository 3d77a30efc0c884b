import type { EdgeContext } from "./context.ts";

/**
 * Sets a header of an answer that is finished. Hono's own way makes a whole new response for each header, which only one
 * that the runtime has locked (a redirect, what `fetch` gave) needs.
 */
export function setHeader(context: EdgeContext, name: string, value: string): void {
  try {
    context.res.headers.set(name, value);
  } catch {
    context.header(name, value);
  }
}
