const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 12)) {
  console.error(
    `Node ${process.versions.node} is too old: 22.12 or newer is needed. On Linux x64, 'npm ci' installs one; run through npm scripts.`,
  );
  process.exit(1);
}
