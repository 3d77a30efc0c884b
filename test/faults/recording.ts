import type { Call, Family, Login, Recorded, Reset, Script, Standing, Token, Told, Untold } from "./model.ts";

/** A history that is still being written: by a run, or by hand. */
export abstract class Recording implements Recorded {
  abstract readonly seed: number;
  readonly calls: Call[] = [];
  readonly tokens: Token[] = [];
  readonly families: Family[] = [];
  readonly resets: Reset[] = [];
  readonly scripts: Script[] = [];
  readonly standings: Standing[] = [];
  readonly logins: Login[] = [];
  readonly told: Told[] = [];
  readonly untold: Untold[] = [];
}
