/** What the consent pages are told. The endpoints fill it in; the pages decide nothing. */
import type { Clause } from "../token/clause.ts";
import type { Rotation } from "../token/rotation.ts";
import type { CapabilityView } from "./capability-tree.ts";
import type { Place } from "./place.ts";

export interface ProviderView {
  readonly issuer: string;
  readonly name: string;
}

/** The mytoken that is asked for; texts as they came, the pages cap and escape them. */
export interface ConsentView {
  /** What the application calls itself: a claim that nobody checked. */
  readonly applicationName?: string | undefined;
  readonly provider: ProviderView;
  readonly tokenName: string;
  /** Every capability that may be ticked, in order. */
  readonly knownCapabilities: readonly CapabilityView[];
  /** The requested ones. */
  readonly capabilities: readonly string[];
  /** Only where asked for; then the page offers them too. */
  readonly subtokenCapabilities?: readonly string[] | undefined;
  readonly restrictions: readonly Clause[];
  /** The restrictions in words, a line each. */
  readonly restrictionSummary: readonly string[];
  readonly rotation?: Rotation | undefined;
}

/** A login that waits for consent (token-core §7.3). */
export interface LoginConsentView extends ConsentView {
  readonly startedFrom: Place;
  /** The browser that looks at the page. */
  readonly browser: Place;
  /** Web flows that return to another site: its host. */
  readonly returnHost?: string | undefined;
}
