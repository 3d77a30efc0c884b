/** What objects write to the Worker's log: what an operator must see and no request tells (docs/REQUEST_LOG.md). */

/** An appointment whose work failed; it is repeated later. */
export function logAlarmFailure(appointment: string, error: unknown): void {
  const { name, message } = error instanceof Error ? error : { name: typeof error, message: "" };
  write("warning", { kind: "alarm", appointment, name, message: message.slice(0, 300) });
}

/** An exception that an object answered in words of its own. `remote`: it came out of our own code in another object. */
export function logAnsweredFailure(what: string, error: unknown): void {
  const { name, message } = error instanceof Error ? error : { name: typeof error, message: "" };
  const remote = error instanceof Error && "remote" in error && error.remote === true;
  write("warning", { kind: "answered_failure", what, remote, name, message: message.slice(0, 300) });
}

/** A login ended here whose refresh token nobody could revoke at the provider: by expiry or reuse it cannot be opened. */
export function logRefreshTokenDestroyed(issuer: string): void {
  write("info", { kind: "refresh_token_destroyed", issuer });
}

/** How far the rebuilding of the directory is. `unknown`: objects of this run without a token; `failed`: to be repeated. */
export function logRebuild(progress: { done: number; total: number; unknown: number; failed: number }): void {
  write(progress.failed === 0 ? "info" : "warning", { kind: "rebuild", ...progress });
}

function write(level: "info" | "warning", fields: object): void {
  console.log(JSON.stringify({ level, ...fields }));
}
