/** What the consent page posts back (token-core §7.4), processed like a request (semantics Q23). */
import * as v from "valibot";
import type { Config } from "../../config.ts";
import { badRequest, done, refuse, type Result } from "../../errors.ts";
import { type Fields, parseFields } from "../../http/body.ts";
import type { Approval } from "../../objects/authorization/consent.ts";
import type { Caller } from "../../token/caller.ts";
import { firstUnknownCapability } from "../../token/capability.ts";
import { rootCapabilities } from "../../token/granted-capabilities.ts";
import { NAME_LENGTH } from "../../token/name.ts";
import { clausesOfLogin } from "../../token/requested-clauses.ts";
import { parseRotation } from "../../token/rotation.ts";

const schema = v.object({
  oidc_issuer: v.exactOptional(v.string(), ""),
  name: v.exactOptional(v.string(), ""),
  capabilities: v.exactOptional(v.array(v.string()), []),
  subtoken_capabilities: v.exactOptional(v.array(v.string())),
  restrictions: v.exactOptional(v.array(v.unknown())),
  rotation: v.exactOptional(v.unknown()),
});

/** The approval out of the posted fields; `null` and absent rotation both mean none (QUIRK-28). */
export function readApproval(config: Config, fields: Fields, caller: Caller, now: number): Result<Approval> {
  const parsed = parseFields(fields, schema);
  if (!parsed.ok) return parsed;
  const { oidc_issuer: issuer, name, capabilities, subtoken_capabilities: bound, restrictions } = parsed.value;
  const unknown = firstUnknownCapability([...capabilities, ...(bound ?? [])]);
  if (unknown !== undefined) return badRequest(`unknown capability '${unknown.slice(0, 64)}'`);
  if (capabilities.length === 0) return badRequest("a mytoken needs at least one capability");
  const provider = config.providers.find((known) => known.issuer.replace(/\/$/, "") === issuer.replace(/\/$/, ""));
  if (!provider) return refuse({ reason: "unsupported_issuer" });
  if (name.length > NAME_LENGTH) return refuse({ reason: "name_too_long", limit: NAME_LENGTH });
  const rotation = parseRotation(parsed.value.rotation);
  if (!rotation.ok) return badRequest(rotation.message);
  const clauses = clausesOfLogin(restrictions, {
    now,
    address: caller.address,
    unsupported: config.unsupportedRestrictions,
  });
  if (!clauses.ok) return clauses;
  const granted = rootCapabilities({ capabilities, subtoken_capabilities: bound }, []);
  return done({
    issuer: provider.issuer,
    capabilities: [...new Set(granted.capabilities)],
    subtokenCapabilities: granted.subtoken_capabilities ?? null,
    restrictions: clauses.value,
    rotation: config.tokenRotation ? (rotation.value ?? null) : null,
    name: name === "" ? null : name,
  });
}
