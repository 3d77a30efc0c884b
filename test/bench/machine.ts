/** What the operating system tells: processor time, the medium of a folder, the processor's name. Linux; elsewhere less is known. */
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { cpus, platform, release } from "node:os";
import { join } from "node:path";

/** Clock ticks per second in /proc: USER_HZ, which is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Processor time that workerd has used so far, among the processes of a group; `null` without /proc. */
export function workerdSeconds(group: number): number | null {
  if (!existsSync("/proc/self/stat")) return null;
  let ticks = 0;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const stat = statOf(pid);
    if (stat?.name === "workerd" && stat.group === group) ticks += stat.ticks;
  }
  return ticks / TICKS_PER_SECOND;
}

/** proc_pid_stat(5): the name stands in parentheses and may hold anything. */
function statOf(pid: string): { name: string; group: number; ticks: number } | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return null;
  }
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
  return { name, group: Number(fields[2]), ticks: Number(fields[11]) + Number(fields[12]) };
}

/** The file system of a folder and what it lies on: a commit is a disk sync, and that decides what is measured. */
export function mediumOf(folder: string): string {
  if (!existsSync("/proc/self/mounts")) return "unknown medium";
  const place = realpathSync(folder);
  const mounts = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "));
  const holding = mounts.filter(([, point = "-"]) => point === "/" || place === point || place.startsWith(`${point}/`));
  const [device = "?", , type = "?"] = holding.reduce((best, one) => (one[1]!.length >= best[1]!.length ? one : best));
  const rotational = join("/sys/class/block", device.replace(/^\/dev\//, ""), "queue/rotational");
  const kind = existsSync(rotational) ? (readFileSync(rotational, "utf8").trim() === "1" ? "disk" : "solid state") : "";
  return [type, "on", device, kind && `(${kind}, as the kernel says)`].filter(Boolean).join(" ");
}

export function machine(): string {
  const [first] = cpus();
  return `${cpus().length} × ${first?.model.trim() ?? "?"}, ${platform()} ${release()}, Node ${process.versions.node}`;
}
