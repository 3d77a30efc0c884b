-- Server profiles and templates, and the ones that clients take for granted (src/token/templates/shipped.ts; a test
-- holds the two equal). From here on they are the operator's: listed, changed and deleted like any others.

CREATE TABLE templates (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('profiles', 'capabilities', 'restrictions', 'rotation')),
  grp TEXT NOT NULL,
  name TEXT NOT NULL,
  payload TEXT NOT NULL CHECK (json_valid(payload)),
  UNIQUE (kind, grp, name)
) STRICT, WITHOUT ROWID;

INSERT INTO templates (id, kind, grp, name, payload) VALUES
  ('8428c6cf-6853-4990-bef8-34aa1bba3bdb', 'profiles', '_', 'agent', '{"capabilities":"@all"}'),
  ('270a319c-1e9d-488f-90a9-26e611f93ede', 'profiles', '_', 'web-default', '{"restrictions":"web-default","capabilities":"@default"}'),
  ('062bfd71-a9bd-4001-846e-7f7755cee315', 'capabilities', '_', 'all', '["AT","tokeninfo","manage_mytokens","create_mytoken","settings"]'),
  ('31bc7efa-6bf8-4404-a0bb-7f65a5820cb8', 'capabilities', '_', 'default', '["AT","tokeninfo"]'),
  ('f18828c7-fb10-4284-98c5-f91f7bfae1a6', 'capabilities', '_', 'default+MT', '["@default","create_mytoken"]'),
  ('5806afa1-9df5-4bdf-9a6e-eec0faa7f12a', 'restrictions', '_', '12h', '{"exp":"+12h"}'),
  ('cbedf9e5-53d7-42bc-9350-9a382a96648f', 'restrictions', '_', '1d', '{"exp":"+1d"}'),
  ('af0b12d1-55d3-467d-ad4f-31602243adc3', 'restrictions', '_', '1w', '{"exp":"+1w"}'),
  ('b00f880e-f5e0-442f-b858-c85dbffea07e', 'restrictions', '_', '1m', '{"exp":"+30d"}'),
  ('beeefca5-1f46-4b88-8a32-cdbccf9ebe74', 'restrictions', '_', '1y', '{"exp":"+1y"}'),
  ('bc4f0cc7-114a-4315-b9bb-304f39795610', 'restrictions', '_', 'ip-this', '{"hosts":["this"]}'),
  ('57d11c6a-097d-42de-bead-2ebb142d79d1', 'restrictions', '_', 'web-default', '{"include":["12h","ip-this"],"usages_AT":15}'),
  ('3286c923-802a-4f46-9ba1-dc68133db60c', 'rotation', '_', 'at', '{"on_AT":true}'),
  ('7b6a7bac-7c57-42a6-92ae-123f48f9f61e', 'rotation', '_', 'other', '{"on_other":true}'),
  ('b2800d05-ddb8-43a5-a98a-49b0659e90d7', 'rotation', '_', 'daily', '{"lifetime":86400}'),
  ('b296589e-9d12-4d2f-a468-13b4208c95a0', 'rotation', '_', 'weekly', '{"lifetime":604800}'),
  ('2c4ded81-addd-42ac-abcf-afb7bf384ae7', 'rotation', '_', 'monthly', '{"lifetime":2592000}'),
  ('f13b430f-f50e-44b8-88f2-23bba58c4c1d', 'rotation', '_', 'auto-revoke', '{"auto_revoke":true}'),
  ('df14829a-3707-48c8-b7c4-1d6fb4615b28', 'rotation', '_', 'at-other-auto-revoke', '{"include":["at","other","auto-revoke"]}'),
  ('faca3d8e-baee-4fda-bf3e-f314d0c15221', 'rotation', '_', 'at-other-daily-auto-revoke', '{"include":["at","other","daily","auto-revoke"]}'),
  ('b52fc632-8cd3-4a79-b573-1686502431eb', 'rotation', '_', 'at-other-weekly-auto-revoke', '{"include":["at","other","weekly","auto-revoke"]}'),
  ('21412dbb-9535-4e50-a29d-3811de01cb23', 'rotation', '_', 'at-other-no-auto-revoke', '{"include":["at","other"],"auto_revoke":false}');
