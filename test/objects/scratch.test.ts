import { runInDurableObject, evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { Mytoken, Grant } from "../../src/index.ts";
import { exchange } from "../fixtures/client.ts";
import { configure, dumpOf, newToken, scriptFor, usesOf, countedToken, loginOf } from "../fixtures/tokens.ts";

it("scratch", async () => {
  const t = await countedToken("rotating");
  console.log(await dumpOf(t.object), await dumpOf(t.grant));
  await configure(t.grant, { PROVIDER_WAIT_SECONDS: "1", PROVIDER_LIMIT_SECONDS: "2" });
  await scriptFor(t, [{ hang: true }]);
  const before = Date.now();
  const a = await exchange(t.text);
  console.log(a, Date.now() - before, await usesOf(t));
  // prototype patches
  const seen: string[] = [];
  await runInDurableObject(t.object, (instance, state) => {
    const proto = Object.getPrototypeOf(state.storage.sql);
    console.log("proto", Object.getOwnPropertyDescriptor(proto, "exec"), Object.getOwnPropertyNames(proto));
    const sproto = Object.getPrototypeOf(state.storage);
    console.log("sproto", Object.getOwnPropertyNames(sproto), Object.getOwnPropertyDescriptor(state, "storage"), Object.getOwnPropertyDescriptor(Object.getPrototypeOf(state), "storage"));
    console.log(Object.getPrototypeOf(instance) === Mytoken.prototype, Object.getOwnPropertyDescriptor(instance, "ctx"), Object.getOwnPropertyDescriptor(instance, "env") !== undefined);
  });
  console.log("d1", Object.getOwnPropertyNames(Object.getPrototypeOf(env.DIRECTORY)), Object.getOwnPropertyNames(Object.getPrototypeOf(env.CODES)));
});

it("abort mytoken", async () => {
  const t = await countedToken("rotating");
  await scriptFor(t, [{ delay: 300 }]);
  const running = exchange(t.text);
  await new Promise(r => setTimeout(r, 100));
  await runInDurableObject(t.object, (_, state) => { state.abort("reset by the test"); }).catch((e) => console.log("abort said", e));
  const a = await running;
  console.log(a.status, a.body, a.headers.get("retry-after"));
  const again = env.MYTOKEN.getByName(t.momId);
  console.log(await usesOf({ ...t, object: again }));
  await new Promise(r => setTimeout(r, 400));
  console.log(await loginOf(t), await exchange(t.text));
});
it("abort grant", async () => {
  const t = await countedToken("plain");
  await scriptFor(t, [{ delay: 300 }]);
  const running = exchange(t.text);
  await new Promise(r => setTimeout(r, 100));
  await runInDurableObject(t.grant, (_, state) => { state.abort("reset by the test"); }).catch((e) => console.log("abort said", e));
  const a = await running;
  console.log(a.status, a.body, a.headers.get("retry-after"));
  console.log(await usesOf(t));
  console.log(await exchange(t.text));
});
