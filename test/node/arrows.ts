/** Which room of `src` may import which (DESIGN §7), and what else holds for the sources as text. */
import { dirname, join } from "node:path/posix";

/** Below everything; each of them is one file, or one and its folder. */
const LEAVES = ["errors", "faults", "clock", "config", "time-limit", "bounded-body"];
const BELOW_VERBS = [
  "profiles",
  "objects",
  "directory",
  "codes",
  "dns",
  "provider",
  "signer",
  "token",
  "crypto",
  ...LEAVES,
];
const PURE_BELOW = ["provider", "signer", "token", "crypto", ...LEAVES];

/**
 * Arrows between rooms. A room may always import itself, except that endpoints keep to their own folder. There, `route`
 * is route.ts (HTTP in, HTTP out), `request` is request.ts or …-request.ts (what the fields of a body mean), `verb` is
 * every other file.
 */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  index: ["app", "rebuild", "retention", "objects"],
  rebuild: ["log"],
  retention: ["directory", ...LEAVES],
  app: ["route", "http"],
  route: ["request", "verb", "http", "web", ...BELOW_VERBS],
  request: ["http", ...BELOW_VERBS],
  verb: BELOW_VERBS,
  http: ["web", "signer", "token", "crypto", ...LEAVES],
  web: ["token", "errors", "config"],
  objects: ["profiles", "directory", "codes", "dns", "log", ...PURE_BELOW],
  profiles: ["directory", ...PURE_BELOW],
  directory: PURE_BELOW,
  codes: PURE_BELOW,
  dns: ["token", "crypto", ...LEAVES],
  provider: ["token", "crypto", "errors", "faults", "clock", "time-limit", "bounded-body"],
  signer: ["token", "crypto", ...LEAVES],
  token: ["crypto", "errors", "faults"],
  crypto: [],
  config: ["provider", "token", "crypto", "faults", "clock"],
  errors: [],
  log: [],
  "time-limit": [],
  "bounded-body": [],
  faults: [],
  clock: [],
};

/** Packages that not every room may import. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  hono: ["index", "app", "route", "http", "web"],
  oauth4webapi: ["provider"],
  jose: ["signer", "objects", "crypto", "provider"],
  "cloudflare:workers": ["index", "objects"],
};

/** Time and chance come from one file each. */
const SOURCES_OF_SURPRISE: readonly (readonly [RegExp, string, string])[] = [
  [/\bnew Date\b|\bDate[.(]|\bperformance\.now\b/, "time", "src/clock.ts"],
  [/\bMath\.random\b|\bgetRandomValues\b|\brandomUUID\b/, "chance", "src/crypto/random.ts"],
];

const VAGUE_NAMES = /(?:^|[/.-])(?:utils?|helpers?|commons?|managers?|misc|shared)(?:[/.-]|$)/i;
const LONGEST_FILE = 250;

/** Text by path, as in `src/http/body.ts`. */
export type Sources = ReadonlyMap<string, string>;

/** Everything that is wrong, one sentence each, naming the files. */
export function faultsIn(sources: Sources): string[] {
  const each = [...sources].flatMap(([path, text]) => [...arrowFaults(path, text), ...textFaults(path, text)]);
  return [...each, ...cycles(sources)];
}

/** The room of a file, or `null` if it stands nowhere in the table. */
export function roomOf(path: string): string | null {
  const [first = "", ...rest] = path.replace(/^src\//, "").split("/");
  if (first === "endpoints") return /^(?:[a-z-]+-)?(route|request)\.tsx?$/.exec(rest.at(-1) ?? "")?.[1] ?? "verb";
  const room = first.replace(/\.tsx?$/, "");
  return room in ROOMS ? room : null;
}

function arrowFaults(path: string, text: string): string[] {
  const room = roomOf(path);
  if (room === null) return [`${path} stands in no room of the table in test/node/arrows.ts`];
  return importsOf(path, text, "all").flatMap((target) => {
    if (!target.startsWith("src/")) return packageFaults(path, room, target);
    const to = roomOf(target);
    if (endpointOf(path) !== null && endpointOf(target) !== null) {
      const own = endpointOf(path) === endpointOf(target);
      if (own && !(room === "verb" && to === "route")) return [];
      return [
        `${path} must not import ${target}: ${own ? "a verb knows no route" : "endpoints do not know each other"}`,
      ];
    }
    if (room === to || (to !== null && ROOMS[room]?.includes(to))) return [];
    return [`${path} must not import ${target}: no arrow goes from ${room} to ${to ?? "there"}`];
  });
}

function packageFaults(path: string, room: string, target: string): string[] {
  const found = Object.keys(PACKAGES).find((name) => target === name || target.startsWith(`${name}/`));
  if (found === undefined || PACKAGES[found]?.includes(room)) return [];
  return [`${path} must not import ${target}: ${found} is not for ${room}`];
}

function textFaults(path: string, text: string): string[] {
  const faults: string[] = [];
  const lines = text.split("\n").length - 1;
  if (lines > LONGEST_FILE) faults.push(`${path} has ${lines} lines, more than ${LONGEST_FILE}`);
  if (VAGUE_NAMES.test(path)) faults.push(`${path} has a name that says nothing: name the room it belongs to`);
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, "");
  for (const [pattern, what, home] of SOURCES_OF_SURPRISE) {
    if (path !== home && pattern.test(code)) faults.push(`${path} must take ${what} from ${home}`);
  }
  return faults;
}

/** Paths under `src/` and names of packages that a file imports: all, or those that are left when it runs. */
function importsOf(path: string, text: string, which: "all" | "running"): string[] {
  const statements =
    /(?:^|\n)\s*(?:import|export)\s(type\s)?(?:[^;"']*?\sfrom\s)?\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/g;
  return [...text.matchAll(statements)].flatMap(([, type, statement, call]) => {
    if (type !== undefined && which === "running") return [];
    const target = statement ?? call ?? "";
    return [target.startsWith(".") ? join(dirname(path), target) : target];
  });
}

function endpointOf(path: string): string | null {
  return /^src\/endpoints\/([^/]+)\//.exec(path)?.[1] ?? null;
}

/** One sentence per way from a file to itself; types are gone by then. */
function cycles(sources: Sources): string[] {
  const edges = new Map([...sources].map(([path, text]) => [path, importsOf(path, text, "running")]));
  const finished = new Set<string>();
  const faults: string[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path))
      faults.push(`a circle of imports: ${[...trail.slice(trail.indexOf(path)), path].join(" → ")}`);
    if (trail.includes(path) || finished.has(path)) return;
    for (const next of edges.get(path) ?? []) walk(next, [...trail, path]);
    finished.add(path);
  };
  for (const path of edges.keys()) walk(path, []);
  return faults;
}
