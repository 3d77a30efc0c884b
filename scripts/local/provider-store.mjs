/**
 * What the embedded provider remembers: one small file per thing, written before the provider goes on, so that logins
 * outlive its process. Looked up in memory; names of files come from hashes, never from what a client sent.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const KEYS = "keys.json";

/**
 * @param {string} folder made if it is not there
 * @returns an adapter factory of oidc-provider, and the provider's keys, made at the first time
 */
export function openProviderStore(folder) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stored = new Map(readAll(folder).map((entry) => [nameOf(entry.model, entry.id), entry]));
  const files = {
    get: (model, id) => live(stored.get(nameOf(model, id))),
    all: () => [...stored.values()],
    put: (entry) => {
      const name = nameOf(entry.model, entry.id);
      stored.set(name, entry);
      writeWhole(join(folder, name), entry);
    },
    remove: ({ model, id }) => {
      stored.delete(nameOf(model, id));
      rmSync(join(folder, nameOf(model, id)), { force: true });
    },
  };
  return {
    adapter: (model) => adapterOf(model, files),
    keys: (make) => keptKeys(join(folder, KEYS), make),
  };
}

/** The storage interface of oidc-provider, for one kind of thing. */
function adapterOf(model, files) {
  const payloadWhere = (fits) =>
    files.all().find((entry) => entry.model === model && live(entry) && fits(entry.payload))?.payload;
  return {
    async upsert(id, payload, expiresIn) {
      files.put({ model, id, payload, expires: expiresIn === undefined ? null : Date.now() + expiresIn * 1000 });
    },
    async find(id) {
      return files.get(model, id)?.payload;
    },
    async findByUid(uid) {
      return payloadWhere((payload) => payload.uid === uid);
    },
    async findByUserCode(userCode) {
      return payloadWhere((payload) => payload.userCode === userCode);
    },
    async consume(id) {
      const entry = files.get(model, id);
      if (entry) files.put({ ...entry, payload: { ...entry.payload, consumed: Math.floor(Date.now() / 1000) } });
    },
    async destroy(id) {
      files.remove({ model, id });
    },
    async revokeByGrantId(grantId) {
      for (const entry of files.all()) if (entry.payload.grantId === grantId) files.remove(entry);
    },
  };
}

function live(entry) {
  return entry && (entry.expires === null || entry.expires > Date.now()) ? entry : undefined;
}

function nameOf(model, id) {
  return `${model}-${createHash("sha256").update(id).digest("hex").slice(0, 32)}.json`;
}

/** Everything that has not expired; the files of the rest go. */
function readAll(folder) {
  const names = readdirSync(folder).filter((name) => name.endsWith(".json") && name !== KEYS);
  return names.flatMap((name) => {
    const path = join(folder, name);
    const entry = live(JSON.parse(readFileSync(path, "utf8")));
    if (!entry) rmSync(path);
    return entry ? [entry] : [];
  });
}

async function keptKeys(path, make) {
  if (!existsSync(path)) writeWhole(path, await make());
  return JSON.parse(readFileSync(path, "utf8"));
}

/** A file is never seen half written. */
function writeWhole(path, value) {
  writeFileSync(`${path}.new`, JSON.stringify(value), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
