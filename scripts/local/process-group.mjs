/** Programs that start programs of their own, and end with all of them. */
import { spawn } from "node:child_process";
import { once } from "node:events";

const GRACE_MILLISECONDS = 5000;

/** Leaders of the groups that run: whatever ends this process, none of them stays behind. */
const running = new Set();
process.on("exit", () => {
  for (const pid of running) signalGroup(pid, "SIGKILL");
});

/**
 * @typedef {object} ProcessGroup
 * @property {number} pid of its leader, and of the group
 * @property {Promise<string>} ended resolves when the leader has ended, with how
 * @property {() => Promise<void>} stop ends all of the group, at first politely
 * @property {() => Promise<void>} kill ends all of the group at once, as a power cut would
 */

/**
 * Starts a script of Node in a process group of its own.
 * @param {string} script
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} options
 * @returns {ProcessGroup & { child: import("node:child_process").ChildProcess }}
 */
export function startGroup(script, args, options) {
  const child = spawn(process.execPath, [script, ...args], { ...options, detached: true });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${script} cannot be started`);
  running.add(pid);
  const ended = once(child, "exit").then(([code, signal]) => signal ?? `status ${code}`);
  const kill = async () => {
    signalGroup(pid, "SIGKILL");
    await ended;
    running.delete(pid);
  };
  const stop = async () => {
    signalGroup(pid, "SIGTERM");
    await Promise.race([ended, unreffedDelay(GRACE_MILLISECONDS)]);
    await kill();
  };
  return { pid, child, ended, stop, kill };
}

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

function unreffedDelay(milliseconds) {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}
