import { expect, it } from "vitest";
import { CAPABILITIES } from "../../src/token/capability.ts";
import { send } from "../fixtures/client.ts";

interface Node {
  readonly read_write_capability: { readonly name: string; readonly is_read_only: boolean };
  readonly read_only_capability?: { readonly name: string; readonly is_read_only: boolean };
  readonly children?: readonly Node[];
}

function names(nodes: readonly Node[]): string[] {
  return nodes.flatMap(({ read_write_capability: write, read_only_capability: read, children = [] }) => [
    write.name,
    ...(read ? [read.name] : []),
    ...names(children),
  ]);
}

it("GET /api/v0/capabilities is a tree of all capabilities, for everybody", async () => {
  const response = await send("/api/v0/capabilities");
  expect(response.status).toBe(200);
  expect(response.headers.get("Content-Type")).toBe("application/json");
  const nodes = await response.json<Node[]>();
  expect(names(nodes).sort()).toEqual(CAPABILITIES.map(({ name }) => name as string).sort());
  expect(nodes.map((node) => node.read_write_capability.name)).toEqual([
    "AT",
    "tokeninfo",
    "manage_mytokens",
    "create_mytoken",
    "settings",
  ]);
  const settings = nodes.at(-1);
  expect(settings).toMatchObject({
    read_write_capability: {
      name: "settings",
      description: expect.any(String),
      is_read_only: false,
      color_class: "text-danger",
      capability_level: expect.any(String),
    },
    read_only_capability: { name: "read@settings", is_read_only: true, color_class: "text-warning" },
    children: [
      {
        read_write_capability: { name: "settings:grants" },
        read_only_capability: { name: "read@settings:grants" },
        children: [{ read_write_capability: { name: "settings:grants:ssh" } }],
      },
      { read_write_capability: { name: "settings:email" } },
      { read_write_capability: { name: "settings:tags" } },
    ],
  });
  expect(nodes[0]).not.toHaveProperty("children");
});
