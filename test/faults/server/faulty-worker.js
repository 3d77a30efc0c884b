/**
 * The built Worker with faults around it: module of its own beside the untouched bundle. It switches the directory and
 * KV off, resets objects, and moves the clock by the setting that is made for that.
 */
import { WorkerEntrypoint } from "cloudflare:workers";
// oxlint-disable-next-line import/no-unresolved -- the bundle, which Miniflare puts beside this module
import built, * as objects from "./index.js";

/** `null`, or what every call of the binding does: `fail` at once, `hang` for a while and then fail, `lose` its answer. */
const faults = { directory: null, codes: null };
const HANG_MILLISECONDS = 2000;

/** One for all objects and requests: settings are parsed once for it, and again when the clock jumps. */
let present = null;

function surroundings(env) {
  present ??= withFaults(env, {});
  return present;
}

function withFaults(env, settings) {
  return {
    ...env,
    ...settings,
    DIRECTORY: faultyDirectory(env.DIRECTORY),
    CODES: faultyStore(env.CODES),
  };
}

async function through(fault, work) {
  if (fault === "hang") await new Promise((resolve) => setTimeout(resolve, HANG_MILLISECONDS));
  if (fault === "fail" || fault === "hang") throw new Error("away, says the test");
  const result = await work();
  if (fault === "lose") throw new Error("its answer was lost, says the test");
  return result;
}

function faultyStore(store) {
  const faulty =
    (verb) =>
    (...given) =>
      through(faults.codes, () => store[verb](...given));
  return { get: faulty("get"), put: faulty("put"), delete: faulty("delete"), list: faulty("list") };
}

const real = Symbol("real statement");

function faultyDirectory(directory) {
  const statement = (prepared) => ({
    [real]: prepared,
    bind: (...values) => statement(prepared.bind(...values)),
    ...Object.fromEntries(
      ["all", "run", "first", "raw"].map((verb) => [
        verb,
        (...given) => through(faults.directory, () => prepared[verb](...given)),
      ]),
    ),
  });
  return {
    prepare: (query) => statement(directory.prepare(query)),
    batch: (statements) => through(faults.directory, () => directory.batch(statements.map((one) => one[real]))),
    exec: (query) => through(faults.directory, () => directory.exec(query)),
  };
}

function resettable(Built) {
  return class extends Built {
    constructor(ctx, env) {
      super(ctx, surroundings(env));
    }
    /** The object goes down: calls in flight fail, and what is not durable is gone. */
    reset() {
      this.ctx.abort("reset by the test");
    }
    /** The name of the login's object, in the object of a token. */
    grantName() {
      return this.ctx.storage.sql.exec("SELECT grant_id FROM token").toArray()[0]?.grant_id ?? null;
    }
  };
}

export const Mytoken = resettable(objects.Mytoken);
export const Grant = resettable(objects.Grant);
export const Authorization = resettable(objects.Authorization);

/** How the histories reach in. */
export class Control extends WorkerEntrypoint {
  /** `{ directory, codes }`: faults as above, or `null`. */
  setFaults(wanted) {
    Object.assign(faults, wanted);
  }

  /** The clock jumps: what is asked from now on is `offset` seconds later. */
  async setClock(offset) {
    present = withFaults(this.env, { CLOCK_OFFSET_SECONDS: String(offset) });
    await built.fetch(new Request("http://localhost/.well-known/mytoken-configuration"), present, this.ctx);
  }

  /** Whether the object went down: the call that lets it fails with it. One that was emptied leads to no login. */
  async reset(kind, name) {
    const namespaces = { mytoken: this.env.MYTOKEN, grant: this.env.GRANT, authorization: this.env.AUTHORIZATION };
    const known = kind === "grant" ? await this.grantOf(name) : name;
    if (known === null) return false;
    return namespaces[kind]
      .getByName(known)
      .reset()
      .then(
        () => false,
        () => true,
      );
  }

  grantOf(momId) {
    return this.env.MYTOKEN.getByName(momId)
      .grantName()
      .catch(() => null);
  }

  /** What the cron trigger runs. */
  async daily() {
    await built.scheduled({}, surroundings(this.env), this.ctx);
  }
}

export default { fetch: (request, env, ctx) => built.fetch(request, surroundings(env), ctx) };
