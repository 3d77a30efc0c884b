/** /api/v0/pt: server profiles and templates, for everybody to read and for their groups to write (semantics §5.5). */
import { nowSeconds } from "../../clock.ts";
import { readGroups } from "../../directory/profiles.ts";
import { type Fields, readJson } from "../../http/body.ts";
import type { EdgeContext, Handler } from "../../http/context.ts";
import { refused } from "../../http/error-response.ts";
import { jsonResponse, noContent } from "../../http/json-response.ts";
import { resolveGroup } from "../../profiles/list.ts";
import type { WireRules } from "../../profiles/wire-form.ts";
import { changeTemplate, createTemplate, removeTemplate } from "../../profiles/write.ts";
import { writeRefusal } from "./credentials-request.ts";
import { type Place, placeOf } from "./path.ts";
import { idIn, idToDelete, templateIn } from "./template-request.ts";

const CREATED = 201;
const LONGEST_ECHO = 256;

export async function listProfileGroups(context: EdgeContext): Promise<Response> {
  return jsonResponse(await readGroups(context.env.DIRECTORY));
}

export const listProfiles = at("everything", async (context, { kind, group }) => {
  const templates = await resolveGroup(context.env.DIRECTORY, kind, group, wireRules(context));
  return templates.ok ? jsonResponse(templates.value) : refused(context, templates.refusal);
});

export const createProfile = at(
  "everything",
  writing(async (context, { kind, group }, fields) => {
    const template = templateIn(fields);
    if (!template.ok) return refused(context, template.refusal);
    const { DIRECTORY } = context.env;
    const id = await createTemplate(DIRECTORY, { kind, group, ...template.value }, wireRules(context));
    return id.ok ? jsonResponse({ id: id.value }, CREATED) : refused(context, id.refusal);
  }),
);

export const changeProfile = at(
  "one",
  writing(async (context, place, fields) => {
    const id = idIn(context, place, fields);
    if (!id.ok) return refused(context, id.refusal);
    const template = templateIn(fields);
    if (!template.ok) return refused(context, template.refusal);
    const { kind, group } = place;
    const { DIRECTORY } = context.env;
    const changed = await changeTemplate(DIRECTORY, id.value, { kind, group, ...template.value }, wireRules(context));
    return changed.ok ? jsonResponse({}) : refused(context, changed.refusal);
  }),
);

export const deleteProfile = at("one", async (context, place) => {
  const refusal = await writeRefusal(context, place.group);
  if (refusal) return refused(context, refusal);
  const id = await idToDelete(context, place);
  if (!id.ok) return refused(context, id.refusal);
  const { kind, group } = place;
  await removeTemplate(context.env.DIRECTORY, { id: id.value, kind, group });
  return noContent();
});

type PlacedHandler = (context: EdgeContext, place: Place) => Promise<Response>;

/** Finds the place in the path; none, or an id where all of a group are meant, is a stray. */
function at(what: "everything" | "one", handler: PlacedHandler): Handler {
  return (context) => {
    const { pathname } = new URL(context.req.url);
    const place = placeOf(pathname);
    if (place === null || (what === "everything" && place.id !== undefined)) {
      return refused(context, { reason: "not_found", description: pathname.slice(0, LONGEST_ECHO) });
    }
    return handler(context, place);
  };
}

/** Credentials first: who may not write is told nothing about the body. */
function writing(handler: (context: EdgeContext, place: Place, fields: Fields) => Promise<Response>): PlacedHandler {
  return async (context, place) => {
    const refusal = await writeRefusal(context, place.group);
    if (refusal) return refused(context, refusal);
    const body = await readJson(context.req.raw);
    return body.ok ? handler(context, place, body.value) : refused(context, body.refusal);
  };
}

function wireRules(context: EdgeContext): WireRules {
  return { now: nowSeconds(), unsupported: context.get("config").unsupportedRestrictions };
}
