/** The consent page: before a login (`GET /c/:code`), and in oidc-agent's window (`POST /c`). */
import { Asker, LoginFacts, Provider } from "./consent-asker.tsx";
import { CapabilityChoice } from "./consent-capabilities.tsx";
import { RestrictionChoice } from "./consent-restrictions.tsx";
import { RotationChoice } from "./consent-rotation.tsx";
import type { ConsentView, LoginConsentView } from "./consent-view.ts";
import { Document, render } from "./document.tsx";
import { shown } from "./shown.ts";

const TITLE = "Approve this mytoken?";

/** The page travels to oidc-agent's window as one shell argument in base64, which fits up to here (clients §4). */
const AGENT_PAGE_BYTES = 95_000;

/** The page that asks before a login; its script posts the decision to the page's own address (token-core §7.4). */
export function consentPage(view: LoginConsentView): string {
  return render(
    <Document title={TITLE} own="consent">
      <h1>{TITLE}</h1>
      <Asker view={view} />
      <LoginFacts view={view} />
      <ConsentForm
        view={view}
        mode="login"
        next={`If you approve, you log in at ${shown(view.provider.name, 100)} next.`}
      />
    </Document>,
  );
}

/**
 * The page for oidc-agent's window, which brings the functions `approve` and `cancel` (token-core §7.5).
 * `null` if the page would not fit there.
 */
export function agentConsentPage(view: ConsentView, issuer: string): string | null {
  const page = render(
    <Document title={TITLE} own="consent" assetBase={issuer.replace(/\/+$/, "")}>
      <h1>{TITLE}</h1>
      <Asker view={view} />
      <dl class="facts">
        <Provider provider={view.provider} />
      </dl>
      <ConsentForm view={view} mode="agent" next="If you approve, the program gets the new mytoken." />
    </Document>,
  );
  return new TextEncoder().encode(page).length < AGENT_PAGE_BYTES ? page : null;
}

interface ConsentFormProps {
  readonly view: ConsentView;
  readonly mode: "login" | "agent";
  readonly next: string;
}

/** The buttons start disabled: only the script can send, and it enables them once the page has been seen. */
function ConsentForm({ view, mode, next }: ConsentFormProps) {
  return (
    <form id="consent" data-mode={mode} autocomplete="off" novalidate>
      <input type="hidden" name="oidc_issuer" value={view.provider.issuer} />
      <section>
        <h2>
          <label for="token-name">Name</label>
        </h2>
        <p class="quiet">To find this mytoken in your list again.</p>
        <input id="token-name" name="name" type="text" maxlength={100} value={shown(view.tokenName, 100)} />
      </section>
      <CapabilityChoice
        name="capabilities"
        title="What it may do"
        known={view.knownCapabilities}
        requested={view.capabilities}
      />
      {view.subtokenCapabilities === undefined ? null : (
        <CapabilityChoice
          name="subtoken_capabilities"
          title="What mytokens made from it may do"
          known={view.knownCapabilities}
          requested={view.subtokenCapabilities}
        />
      )}
      <RestrictionChoice restrictions={view.restrictions} summary={view.restrictionSummary} />
      <RotationChoice rotation={view.rotation ?? {}} />
      <noscript>
        <p class="problem">This page needs JavaScript to send your decision.</p>
      </noscript>
      <p class="next">{next}</p>
      <div class="buttons">
        <button type="button" id="approve-button" class="main" disabled>
          Approve
        </button>
        <button type="button" id="decline-button" disabled>
          Decline
        </button>
      </div>
      <p id="progress" class="quiet" role="status"></p>
      <div id="problem" class="problem" role="alert" tabindex={-1} hidden></div>
    </form>
  );
}
