/** The routes: what the server is, on one screen. */
import { accessToken } from "./endpoints/access-token/route.ts";
import { capabilities } from "./endpoints/capabilities/route.ts";
import { agentConsent } from "./endpoints/consent/agent-route.ts";
import { answerConsent, showConsent } from "./endpoints/consent/route.ts";
import { discovery } from "./endpoints/discovery/route.ts";
import { jwks } from "./endpoints/jwks/route.ts";
import { mytoken } from "./endpoints/mytoken/route.ts";
import { nativeAbort, nativeSuccess } from "./endpoints/native/route.ts";
import { home, staticAsset } from "./endpoints/pages/route.ts";
import {
  changeProfile,
  createProfile,
  deleteProfile,
  listProfileGroups,
  listProfiles,
} from "./endpoints/profiles/route.ts";
import { redirect } from "./endpoints/redirect/route.ts";
import { revocation } from "./endpoints/revocation/route.ts";
import { stray } from "./endpoints/stray/route.ts";
import { addTokenTag, removeTokenTag } from "./endpoints/tags/route.ts";
import { tokeninfo } from "./endpoints/tokeninfo/route.ts";
import { tokenTransfer } from "./endpoints/token-transfer/route.ts";
import { changeEmail, deleteEmail, showEmail } from "./endpoints/user-settings/email-route.ts";
import { disableGrant, enableGrant, listGrants } from "./endpoints/user-settings/grants-route.ts";
import { settingsEndpoints } from "./endpoints/user-settings/route.ts";
import { changeTag, createTag, deleteTag, listTags } from "./endpoints/user-settings/tags-route.ts";
import { type Route, shell } from "./http/shell.ts";

const profilesAreOn: Route["when"] = (config) => config.profiles;

export const app = shell(
  [
    { method: "GET", path: "/.well-known/mytoken-configuration", handler: discovery },
    { method: "GET", path: "/.well-known/openid-configuration", handler: discovery },
    { method: "GET", path: "/jwks", handler: jwks },

    { method: "POST", path: "/api/v0/token/my", handler: mytoken },
    { method: "POST", path: "/api/v0/token/access", handler: accessToken },
    {
      method: "POST",
      path: "/api/v0/token/transfer",
      handler: tokenTransfer,
      when: (config) => config.transferCodes,
    },
    { method: "POST", path: "/api/v0/token/revoke", handler: revocation, when: (config) => config.tokenRevocation },

    {
      method: "POST",
      path: "/api/v0/tokeninfo",
      handler: tokeninfo,
      when: (config) => config.tokeninfoActions.length > 0,
    },
    { method: "POST", path: "/api/v0/token/my/tags", handler: addTokenTag },
    { method: "DELETE", path: "/api/v0/token/my/tags", handler: removeTokenTag },
    { method: "GET", path: "/api/v0/capabilities", handler: capabilities },

    { method: "GET", path: "/api/v0/settings", handler: settingsEndpoints },
    { method: "GET", path: "/api/v0/settings/grants", handler: listGrants },
    { method: "POST", path: "/api/v0/settings/grants", handler: enableGrant },
    { method: "DELETE", path: "/api/v0/settings/grants", handler: disableGrant },
    { method: "GET", path: "/api/v0/settings/email", handler: showEmail },
    { method: "PUT", path: "/api/v0/settings/email", handler: changeEmail },
    { method: "DELETE", path: "/api/v0/settings/email", handler: deleteEmail },
    { method: "GET", path: "/api/v0/settings/tags", handler: listTags },
    { method: "POST", path: "/api/v0/settings/tags/:tag{.+}", handler: createTag },
    { method: "PUT", path: "/api/v0/settings/tags/:tag{.+}", handler: changeTag },
    { method: "DELETE", path: "/api/v0/settings/tags/:tag{.+}", handler: deleteTag },

    { method: "GET", path: "/api/v0/pt", handler: listProfileGroups, when: profilesAreOn },
    { method: "GET", path: "/api/v0/pt/:kind", handler: listProfiles, when: profilesAreOn },
    { method: "GET", path: "/api/v0/pt/:group/:kind", handler: listProfiles, when: profilesAreOn },
    { method: "POST", path: "/api/v0/pt/:kind", handler: createProfile, when: profilesAreOn },
    { method: "POST", path: "/api/v0/pt/:group/:kind", handler: createProfile, when: profilesAreOn },
    { method: "PUT", path: "/api/v0/pt/:kind", handler: changeProfile, when: profilesAreOn },
    { method: "PUT", path: "/api/v0/pt/:group/:kind", handler: changeProfile, when: profilesAreOn },
    { method: "PUT", path: "/api/v0/pt/:group/:kind/:id", handler: changeProfile, when: profilesAreOn },
    { method: "DELETE", path: "/api/v0/pt/:kind", handler: deleteProfile, when: profilesAreOn },
    { method: "DELETE", path: "/api/v0/pt/:group/:kind", handler: deleteProfile, when: profilesAreOn },
    { method: "DELETE", path: "/api/v0/pt/:group/:kind/:id", handler: deleteProfile, when: profilesAreOn },

    { method: "POST", path: "/c", handler: agentConsent },
    { method: "GET", path: "/c/:consent_code", handler: showConsent },
    { method: "POST", path: "/c/:consent_code", handler: answerConsent },
    { method: "GET", path: "/redirect", handler: redirect, spends: true },
    { method: "GET", path: "/native", handler: nativeSuccess },
    { method: "GET", path: "/native/abort", handler: nativeAbort },

    { method: "GET", path: "/", handler: home },
    { method: "GET", path: "/home", handler: home },
    { method: "GET", path: "/static/:name", handler: staticAsset },
  ],
  stray,
);
