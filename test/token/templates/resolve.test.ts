import { describe, expect, it } from "vitest";
import { resolveProfile } from "../../../src/token/templates/profile.ts";
import { resolveCapabilities, resolveRestrictions, resolveRotation } from "../../../src/token/templates/resolve.ts";
import { SHIPPED_TEMPLATES } from "../../../src/token/templates/shipped.ts";
import {
  lookupIn,
  type LoadedTemplate,
  type TemplateKind,
  type TemplateName,
} from "../../../src/token/templates/template.ts";

/** Nothing but these templates exists; all of the default group unless the name has a slash. */
function only(kind: TemplateKind, payloads: Readonly<Record<string, unknown>>) {
  const templates = new Map(Object.entries(payloads));
  return (name: TemplateName): LoadedTemplate => {
    const path = name.group === "_" ? name.name : `${name.group}/${name.name}`;
    return name.kind === kind && templates.has(path) ? { ...name, payload: templates.get(path) } : name;
  };
}

const refused = (message: string) => ({ ok: false, message });

describe("includes", () => {
  it("refuse a template that includes itself (Q16)", () => {
    const lookup = only("restrictions", { a: { include: "b" }, b: { include: ["c"] }, c: "@_/a", d: { include: "d" } });
    expect(resolveRestrictions("a", lookup)).toEqual(refused("include name includes itself: '_/a'"));
    expect(resolveRestrictions({ include: "d" }, lookup)).toEqual(refused("include name includes itself: 'd'"));
    const capabilities = only("capabilities", { x: ["@y"], y: "AT @x" });
    expect(resolveCapabilities("@x", capabilities)).toEqual(refused("include name includes itself: 'x'"));
    const profiles = only("profiles", { p: { include: "p" } });
    expect(resolveProfile({ include: "p" }, profiles)).toEqual(refused("include name includes itself: 'p'"));
  });
  it("may come to the same template on two ways", () => {
    const lookup = only("restrictions", { a: { include: "c" }, b: { include: "c" }, c: { scope: "s" } });
    expect(resolveRestrictions("a b", lookup)).toEqual({ ok: true, value: [{ scope: "s" }] });
  });
  it("are refused beyond 32 levels and beyond 256 in all", () => {
    const chain = (length: number) =>
      only(
        "rotation",
        Object.fromEntries(
          Array.from({ length }, (_, n) => [`t${n}`, n === length - 1 ? { on_AT: true } : `t${n + 1}`]),
        ),
      );
    expect(resolveRotation("t0", chain(32))).toEqual({ ok: true, value: { on_AT: true } });
    expect(resolveRotation("t0", chain(33))).toEqual(refused("includes are nested too deeply"));
    // Each level twice: 2^12 includes from 12 small templates.
    const bomb = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`t${n}`, [`t${n + 1}`, `_/t${n + 1}`]]));
    expect(resolveRestrictions("t0", only("restrictions", { ...bomb, t12: { scope: "s" } }))).toEqual(
      refused("too many includes"),
    );
  });
  it("say which name is unknown or malformed", () => {
    const lookup = only("restrictions", { a: {} });
    for (const name of ["nope", "constructor", "__proto__", "toString", "group/a", "__proto__/constructor"]) {
      expect(resolveRestrictions(name, lookup)).toEqual(refused(`unknown include name: '${name}'`));
      expect(resolveRestrictions({ include: [`@${name}`] }, lookup)).toEqual(
        refused(`unknown include name: '${name}'`),
      );
    }
    expect(resolveRestrictions("a/b/c", lookup)).toEqual(refused("malformed include name"));
    expect(resolveRestrictions("/", lookup)).toEqual(refused("malformed include name"));
    expect(resolveRestrictions("a".repeat(257), lookup)).toEqual(refused("malformed include name"));
    expect(resolveRestrictions("@", lookup)).toEqual(refused("empty include name"));
    expect(resolveRestrictions("/a", lookup)).toEqual({ ok: true, value: [{}] });
  });
  it("find templates called constructor and __proto__", () => {
    const payload = { scope: "s" };
    const templates = ["constructor", "__proto__"].map(
      (name) => ({ kind: "restrictions", group: "_", name, payload }) as const,
    );
    for (const { name } of templates) {
      expect(resolveRestrictions(name, lookupIn(templates))).toEqual({ ok: true, value: [payload] });
    }
  });
  it("refuse templates that hold nothing (Q14)", () => {
    for (const payload of [null, ""]) {
      expect(resolveRestrictions("a", only("restrictions", { a: payload }))).toEqual(refused("template is empty: 'a'"));
      expect(resolveProfile({ name: "n", include: "a" }, only("profiles", { a: payload }))).toEqual(
        refused("template is empty: 'a'"),
      );
    }
    // Without it the request would seem to ask for nothing, and get the default or all of the parent's.
    expect(resolveCapabilities("@a", only("capabilities", { a: [] }))).toEqual(refused("template is empty: 'a'"));
  });
  it("are the same kind's only", () => {
    expect(resolveRestrictions("a", only("rotation", { a: { on_AT: true } }))).toEqual(
      refused("unknown include name: 'a'"),
    );
  });
});

describe("loading on demand", () => {
  it("asks for everything that can be known to be missing, once each", () => {
    const body = { include: ["web-default", "grp/p"], rotation: "@at", capabilities: ["@default", "@default"] };
    const resolution = resolveProfile(body, lookupIn([]));
    expect(resolution).toEqual({
      ok: false,
      needs: [
        { kind: "profiles", group: "_", name: "web-default" },
        { kind: "profiles", group: "grp", name: "p" },
        { kind: "capabilities", group: "_", name: "default" },
        { kind: "rotation", group: "_", name: "at" },
      ],
    });
  });
  it("prefers a refusal to a need", () => {
    expect(resolveRestrictions("a x/y/z", lookupIn([]))).toEqual(refused("malformed include name"));
  });
});

describe("restrictions", () => {
  const lookup = lookupIn(SHIPPED_TEMPLATES);
  it.each([undefined, null, ""])("%j is none", (content) => {
    expect(resolveRestrictions(content, lookup)).toEqual({ ok: true, value: undefined });
  });
  it("refuse the same key in two letter cases, wherever it stands", () => {
    const twice = { exp: 1, EXP: 2 };
    expect(resolveRestrictions(twice, lookup)).toEqual(refused("key given twice: 'exp'"));
    expect(resolveProfile({ restrictions: [{ include: "12h", ...twice }] }, lookup)).toEqual(
      refused("key given twice: 'exp'"),
    );
  });
  it("merge keys whatever their letter case", () => {
    expect(resolveRestrictions({ INCLUDE: "12h", Exp: 5 }, lookup)).toEqual({ ok: true, value: [{ exp: 5 }] });
  });
  it("keep odd keys as they are, for the parser to refuse", () => {
    const content = JSON.parse('{"__proto__":{"scope":"x"},"constructor":1,"include":"12h"}') as unknown;
    const resolution = resolveRestrictions(content, lookup);
    expect(JSON.stringify(resolution)).toContain('[{"__proto__":{"scope":"x"},"constructor":1,"exp":"+12h"}]');
  });
});

describe("capabilities", () => {
  const lookup = lookupIn(SHIPPED_TEMPLATES);
  it.each([undefined, null, "", [[]]].flat(1))("%j is not requested", (content) => {
    expect(resolveCapabilities(content, lookup)).toEqual({ ok: true, value: undefined });
  });
  it.each([[{}], [5], [true]])("refuse %j (Q18)", (content) => {
    expect(resolveCapabilities(content, lookup)).toEqual(refused("capabilities must be an array of strings or a text"));
  });
  it.each([[["AT", 5]], [["AT", null]], ["AT  tokeninfo"], [["AT", ""]], [[["AT"]]]])("refuse %j", (content) => {
    expect(resolveCapabilities(content, lookup)).toEqual(refused("a capability must be a text that is not empty"));
  });
  it("tolerate a surplus @", () => {
    expect(resolveCapabilities("@@default", lookup)).toEqual({ ok: true, value: ["AT", "tokeninfo"] });
  });
});

describe("profiles", () => {
  const lookup = lookupIn(SHIPPED_TEMPLATES);
  it("refuse what is no object, and members of a wrong type", () => {
    expect(resolveProfile([], lookup)).toEqual(refused("a profile must be an object"));
    expect(resolveProfile({ name: 5 }, lookup)).toEqual(refused("wrong type of value: 'name'"));
    expect(resolveProfile({ max_token_len: 1.5 }, lookup)).toEqual(refused("wrong type of value: 'max_token_len'"));
    expect(resolveProfile({ rotation: [] }, lookup)).toEqual(refused("rotation must be an object"));
  });
  it("refuse an object that meets something else (Q14)", () => {
    const conflict = refused("cannot merge an object with another kind of value: 'restrictions'");
    expect(resolveProfile({ include: "web-default", restrictions: { scope: "x" } }, lookup)).toEqual(conflict);
    const listed = only("profiles", { list: { restrictions: [{ scope: "y" }] } });
    expect(resolveProfile({ include: "list", restrictions: { scope: "x" } }, listed)).toEqual(conflict);
  });
  it("leave out what only the body itself may say", () => {
    const body = {
      mytoken: "secret",
      redirect_uri: "/",
      oidc_flow: "authorization_code",
      Name: "n",
      tags: [{ tag: "t" }],
    };
    expect(resolveProfile(body, lookup)).toEqual({ ok: true, value: { name: "n", tags: [{ tag: "t" }] } });
  });
  it("expand subtoken_capabilities", () => {
    expect(resolveProfile({ subtoken_capabilities: "@default+MT" }, lookup)).toEqual({
      ok: true,
      value: { subtoken_capabilities: ["AT", "tokeninfo", "create_mytoken"] },
    });
  });
  it("the last of a key in several letter cases wins", () => {
    expect(resolveProfile({ grant_type: "a", grant_Type: "b" }, lookup)).toEqual({
      ok: true,
      value: { grant_type: "b" },
    });
  });
});
