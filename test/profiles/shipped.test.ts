import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import schema from "../../schema.sql?raw";
import { SHIPPED_TEMPLATES } from "../../src/token/templates/shipped.ts";
import { keyOf, type TemplateName } from "../../src/token/templates/template.ts";

describe("the migration", () => {
  it("installs exactly what is shipped", async () => {
    const { results } = await env.DIRECTORY.prepare(
      `SELECT id, kind, grp AS "group", name, payload FROM templates`,
    ).all<TemplateName & { id: string; payload: string }>();
    const installed = new Map(results.map((row) => [keyOf(row), JSON.parse(row.payload) as unknown]));
    expect(installed).toEqual(new Map(SHIPPED_TEMPLATES.map((template) => [keyOf(template), template.payload])));
    for (const { id } of results) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });

  it("makes the table of schema.sql", async () => {
    const made = await env.DIRECTORY.prepare("SELECT sql FROM sqlite_master WHERE name = 'templates'").first("sql");
    expect(schema).toContain(`${String(made)};\n`);
  });

  it("lets no payload in that is not JSON, and no other kind", async () => {
    const insert = env.DIRECTORY.prepare("INSERT INTO templates (id, kind, grp, name, payload) VALUES (?, ?, ?, ?, ?)");
    await expect(insert.bind("x", "rotation", "_", "x", "{").run()).rejects.toThrow("CHECK");
    await expect(insert.bind("x", "rotations", "_", "x", "{}").run()).rejects.toThrow("CHECK");
    await expect(insert.bind("x", "rotation", "_", "at", "{}").run()).rejects.toThrow("UNIQUE");
  });
});
