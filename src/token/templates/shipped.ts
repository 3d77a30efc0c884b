/** The templates of the default group that clients take for granted (semantics §5.6): oidc-agent asks for `agent`. */
import { DEFAULT_GROUP, type LoadedTemplate, type TemplateKind } from "./template.ts";

const DAY_SECONDS = 86_400;

export const SHIPPED_TEMPLATES: readonly (LoadedTemplate & { readonly payload: unknown })[] = [
  shipped("profiles", "agent", { capabilities: "@all" }),
  shipped("profiles", "web-default", { restrictions: "web-default", capabilities: "@default" }),

  shipped("capabilities", "all", ["AT", "tokeninfo", "manage_mytokens", "create_mytoken", "settings"]),
  shipped("capabilities", "default", ["AT", "tokeninfo"]),
  shipped("capabilities", "default+MT", ["@default", "create_mytoken"]),

  shipped("restrictions", "12h", { exp: "+12h" }),
  shipped("restrictions", "1d", { exp: "+1d" }),
  shipped("restrictions", "1w", { exp: "+1w" }),
  shipped("restrictions", "1m", { exp: "+30d" }),
  shipped("restrictions", "1y", { exp: "+1y" }),
  shipped("restrictions", "ip-this", { hosts: ["this"] }),
  shipped("restrictions", "web-default", { include: ["12h", "ip-this"], usages_AT: 15 }),

  shipped("rotation", "at", { on_AT: true }),
  shipped("rotation", "other", { on_other: true }),
  shipped("rotation", "daily", { lifetime: DAY_SECONDS }),
  shipped("rotation", "weekly", { lifetime: 7 * DAY_SECONDS }),
  shipped("rotation", "monthly", { lifetime: 30 * DAY_SECONDS }),
  shipped("rotation", "auto-revoke", { auto_revoke: true }),
  shipped("rotation", "at-other-auto-revoke", { include: ["at", "other", "auto-revoke"] }),
  shipped("rotation", "at-other-daily-auto-revoke", { include: ["at", "other", "daily", "auto-revoke"] }),
  shipped("rotation", "at-other-weekly-auto-revoke", { include: ["at", "other", "weekly", "auto-revoke"] }),
  shipped("rotation", "at-other-no-auto-revoke", { include: ["at", "other"], auto_revoke: false }),
];

function shipped(kind: TemplateKind, name: string, payload: unknown) {
  return { kind, group: DEFAULT_GROUP, name, payload };
}
