-- The whole present schema of the directory (D1). Changes are migrations in migrations/; a test holds the two equal.
-- Nothing secret: no token, no code, no key. docs/STORAGE.md says who writes what, and for how long.

CREATE TABLE users (
  owner TEXT PRIMARY KEY,
  oidc_sub TEXT NOT NULL,
  oidc_iss TEXT NOT NULL,
  email TEXT,
  email_verified INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL,
  prefers_html INTEGER NOT NULL DEFAULT 1
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
  mom_id TEXT PRIMARY KEY,
  parent TEXT,
  grant_id TEXT NOT NULL,
  owner TEXT NOT NULL,
  name TEXT,
  created INTEGER NOT NULL,
  created_from TEXT,
  expires INTEGER,
  state TEXT NOT NULL CHECK (state IN ('live', 'ended')),
  ended INTEGER,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX tokens_by_owner ON tokens (owner, created);
CREATE INDEX tokens_by_parent ON tokens (parent);
CREATE INDEX tokens_by_end ON tokens (ended) WHERE ended IS NOT NULL;
CREATE INDEX tokens_by_expiry ON tokens (expires) WHERE expires IS NOT NULL;

CREATE TABLE templates (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('profiles', 'capabilities', 'restrictions', 'rotation')),
  grp TEXT NOT NULL,
  name TEXT NOT NULL,
  payload TEXT NOT NULL CHECK (json_valid(payload)),
  UNIQUE (kind, grp, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE grant_types (
  owner TEXT NOT NULL,
  grant_type TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  PRIMARY KEY (owner, grant_type)
) STRICT, WITHOUT ROWID;

CREATE TABLE tags (
  owner TEXT NOT NULL,
  tag TEXT NOT NULL,
  color TEXT NOT NULL,
  PRIMARY KEY (owner, tag)
) STRICT, WITHOUT ROWID;

CREATE TABLE token_tags (
  mom_id TEXT NOT NULL,
  owner TEXT NOT NULL,
  tag TEXT NOT NULL,
  include_children INTEGER NOT NULL,
  PRIMARY KEY (mom_id, tag),
  FOREIGN KEY (owner, tag) REFERENCES tags (owner, tag) ON UPDATE CASCADE ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX token_tags_by_tag ON token_tags (owner, tag);
CREATE TRIGGER token_tags_end AFTER DELETE ON tokens BEGIN
  DELETE FROM token_tags WHERE mom_id = OLD.mom_id;
END;
