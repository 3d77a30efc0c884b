-- What a user may set: the format of mails, grant types, tags and which token carries which.

ALTER TABLE users ADD COLUMN prefers_html INTEGER NOT NULL DEFAULT 1;

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
