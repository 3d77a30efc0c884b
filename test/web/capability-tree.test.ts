import { expect, it } from "vitest";
import { CAPABILITIES, covers } from "../../src/token/capability.ts";
import { capabilityTree, type CapabilityNode } from "../../src/web/capability-tree.ts";

const names = (nodes: readonly CapabilityNode[]): readonly string[] =>
  nodes.flatMap((node) => [node.name, ...names(node.children)]);

it("holds every capability once, below one that covers it", () => {
  const tree = capabilityTree(CAPABILITIES);
  expect(names(tree).toSorted()).toEqual(CAPABILITIES.map(({ name }) => name).toSorted());
  const check = (node: CapabilityNode): void =>
    node.children.forEach((child) => {
      expect(covers(node.name, child.name), `${node.name} covers ${child.name}`).toBe(true);
      check(child);
    });
  tree.forEach(check);
  expect(tree.map(({ name }) => name)).toEqual(["AT", "tokeninfo", "manage_mytokens", "create_mytoken", "settings"]);
});

it("puts a capability whose coverers are not on offer at the top", () => {
  const tree = capabilityTree([
    { name: "read@settings:email", description: "" },
    { name: "settings:grants:ssh", description: "" },
    { name: "read@settings:grants:ssh", description: "" },
  ]);
  expect(tree.map(({ name }) => name)).toEqual(["read@settings:email", "settings:grants:ssh"]);
  expect(tree[1]?.children.map(({ name }) => name)).toEqual(["read@settings:grants:ssh"]);
});
