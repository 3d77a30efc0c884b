/**
 * What each operation demands of the mytoken that authorises it, and what it leaves behind: the one table of DESIGN §4.
 * Calls whose credential is no mytoken (polling for an SSH key, management codes, public documents) have no row.
 */
import { holds, type CapabilityName } from "./capability.ts";

export interface Operation {
  /** `null`: any live token with the current text is enough. */
  readonly capability: CapabilityName | null;
  /** Suffices in place of `capability`. */
  readonly alternative?: CapabilityName;
  /** The kind of use for which a clause must fit; `null`: restrictions are not looked at. */
  readonly restrictionCheck: "AT" | "other" | null;
  /** The counter of the fitting clause that is charged. Unrestricted tokens have no clause and are never charged. */
  readonly charged: "AT" | "other" | null;
  /** The member of `rotation` that makes a successor. */
  readonly rotation: "on_AT" | "on_other" | "on_other_if_restricted" | null;
  /** What the history of the authorising token records. */
  readonly event: string | null;
}

const FREE = { restrictionCheck: null, charged: null, rotation: null } as const;
const OTHER = { restrictionCheck: "other", charged: "other", rotation: "on_other" } as const;
/** Clients ignore `token_update` on tokeninfo, so unrestricted tokens do not rotate there (Q29); the event is always logged. */
const INFO = { ...OTHER, rotation: "on_other_if_restricted" } as const;
/** The tags on the token itself or on what is below it (extended §3.7). */
const OWN_TAGS = { capability: "tokeninfo:tags", alternative: "manage_mytokens:tags", ...OTHER } as const;
/** A revocation by `mom_id` stands above restrictions (Q31). */
const REVOCATION = { ...FREE, rotation: "on_other", event: "revoked_other_token" } as const;

/**
 * `…_below` acts on the token itself or a descendant, `…_of_other` on any other token of the same user, the plain name
 * on the token itself. A request that names several targets is the strictest of their rows, judged and charged once.
 */
export const OPERATIONS = {
  access_token: { capability: "AT", restrictionCheck: "AT", charged: "AT", rotation: "on_AT", event: "AT_created" },
  subtoken: { capability: "create_mytoken", ...OTHER, event: "MT_created" },
  /** `POST /c`: the page shows what a subtoken request would get; the request itself is charged (DESIGN §4). */
  subtoken_preview: { capability: "create_mytoken", ...FREE, restrictionCheck: "other", event: null },

  transfer_code: { capability: null, ...FREE, event: "transfer_code_created" },
  transfer_code_redemption: { capability: null, ...FREE, event: "transfer_code_used" },
  polling_code_redemption: { capability: null, ...FREE, event: "transfer_code_used" },

  introspect: { capability: "tokeninfo:introspect", ...FREE, event: "tokeninfo_introspect" },
  history: { capability: "tokeninfo:history", ...INFO, event: "tokeninfo_history" },
  /** `this` and `children` need the right to see one's own history, or any (Q30). */
  history_below: {
    capability: "tokeninfo:history",
    alternative: "manage_mytokens:history",
    ...INFO,
    event: "tokeninfo_history_other_token",
  },
  history_of_other: { capability: "manage_mytokens:history", ...INFO, event: "tokeninfo_history_other_token" },
  subtokens: { capability: "tokeninfo:subtokens", ...INFO, event: "tokeninfo_subtokens" },
  list: { capability: "manage_mytokens:list", ...INFO, event: "tokeninfo_list_mytokens" },
  /** The tokeninfo action `notifications`. */
  subscriptions: { capability: "tokeninfo:notify", ...INFO, event: "tokeninfo_notifications" },
  subscriptions_below: {
    capability: "tokeninfo:notify",
    alternative: "read@manage_mytokens:notify",
    ...INFO,
    event: "tokeninfo_notifications_other_token",
  },
  subscriptions_of_other: {
    capability: "read@manage_mytokens:notify",
    ...INFO,
    event: "tokeninfo_notifications_other_token",
  },

  /** By its own text or `mom_id`; its history ends with it. */
  revocation: { capability: null, ...FREE, event: null },
  revocation_below: { capability: null, ...REVOCATION },
  revocation_of_other: { capability: "manage_mytokens:revoke", ...REVOCATION },

  grant_list: { capability: "read@settings:grants", ...OTHER, event: "settings_grants_listed" },
  grant_enable: { capability: "settings:grants", ...OTHER, event: "settings_grant_enabled" },
  grant_disable: { capability: "settings:grants", ...OTHER, event: "settings_grant_disabled" },
  ssh_key_list: { capability: "read@settings:grants:ssh", ...OTHER, event: "ssh_keys_listed" },
  ssh_key_add: { capability: "settings:grants:ssh", ...OTHER, event: "ssh_key_added" },
  /** There is no event name for it (extended QUIRK-33). */
  ssh_key_delete: { capability: "settings:grants:ssh", ...OTHER, event: null },
  email_read: { capability: "read@settings:email", ...OTHER, event: "email_settings_listed" },
  /** A request that changes address and format is one `email_change` that logs both events. */
  email_change: { capability: "settings:email", ...OTHER, event: "email_changed" },
  email_format_change: { capability: "settings:email", ...OTHER, event: "email_mimetype_changed" },

  tag_list: { capability: "read@settings:tags", ...OTHER, event: "tags_listed" },
  tag_create: { capability: "settings:tags", ...OTHER, event: "tag_created" },
  tag_update: { capability: "settings:tags", ...OTHER, event: "tag_updated" },
  tag_delete: { capability: "settings:tags", ...OTHER, event: "tag_deleted" },
  token_tag: { ...OWN_TAGS, event: "tag_added_to_token" },
  token_tag_below: { ...OWN_TAGS, event: "tag_added_to_other_token" },
  token_tag_of_other: { capability: "manage_mytokens:tags", ...OTHER, event: "tag_added_to_other_token" },
  token_untag: { ...OWN_TAGS, event: "tag_removed_from_token" },
  token_untag_below: { ...OWN_TAGS, event: "tag_removed_from_other_token" },
  token_untag_of_other: { capability: "manage_mytokens:tags", ...OTHER, event: "tag_removed_from_other_token" },

  notification_list: { capability: "read@manage_mytokens:notify", ...OTHER, event: "notification_listed" },
  notification_create: { capability: "tokeninfo:notify", ...OTHER, event: "notification_created" },
  /** With a `mom_id`, even one's own: being an ancestor does not help. */
  notification_create_by_id: { capability: "manage_mytokens:notify", ...OTHER, event: "notification_created_other" },
  /** Q64, settled in DESIGN §8. */
  notification_create_user_wide: { capability: "manage_mytokens:notify", ...OTHER, event: "notification_created" },

  invitation: { capability: null, ...OTHER, event: "notification_subscribed" },
  invitation_below: {
    capability: "tokeninfo:notify",
    alternative: "manage_mytokens:notify",
    ...OTHER,
    event: "notification_subscribed_other",
  },
  invitation_of_other: { capability: "manage_mytokens:notify", ...OTHER, event: "notification_subscribed_other" },

  calendar_list: { capability: "read@manage_mytokens:notify", ...OTHER, event: "calendar_listed" },
  calendar_create: { capability: "manage_mytokens:notify", ...OTHER, event: "calendar_created" },
  calendar_delete: { capability: "manage_mytokens:notify", ...OTHER, event: "calendar_deleted" },
  calendar_read: { capability: null, ...FREE, event: null },
  calendar_add: { capability: null, ...OTHER, event: "notification_subscribed" },
  calendar_add_below: {
    capability: "tokeninfo:notify",
    alternative: "manage_mytokens:notify",
    ...OTHER,
    event: "notification_subscribed_other",
  },
  calendar_add_of_other: { capability: "manage_mytokens:notify", ...OTHER, event: "notification_subscribed_other" },
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof OPERATIONS;

/** What a token may do whose `nbf` has not come: end, or end others. What is revoked stays so (DESIGN §3). */
export const BEFORE_ITS_TIME: readonly OperationName[] = ["revocation", "revocation_below", "revocation_of_other"];

/** Whether the capabilities of a token permit the operation; its row says which one is missing if they do not. */
export function mayPerform(held: readonly string[], name: OperationName): boolean {
  const { capability, alternative }: Operation = OPERATIONS[name];
  if (capability === null || holds(held, capability)) return true;
  return alternative !== undefined && holds(held, alternative);
}
