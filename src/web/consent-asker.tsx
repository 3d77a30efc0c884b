/** Who asks, from where, and what speaks against it (DESIGN §10 "Pages"). */
import type { ConsentView, LoginConsentView, ProviderView } from "./consent-view.ts";
import { countryName, difference, placeName } from "./place.ts";
import { shown } from "./shown.ts";

/** The application's name as the claim that it is, and what a mytoken is. */
export function Asker({ view }: { readonly view: ConsentView }) {
  const name = shown(view.applicationName ?? "", 100);
  return (
    <>
      <p class="lead">
        {name === "" ? (
          "A program that gives no name asks for a mytoken."
        ) : (
          <>
            A program asks for a mytoken. It calls itself “<bdi class="claim">{name}</bdi>”; nobody has checked that.
          </>
        )}
      </p>
      <p>
        Whoever holds a mytoken can get access tokens in your name, within the limits below, without asking you again.
      </p>
      <p class="strong">Continue only if you started this yourself.</p>
    </>
  );
}

/** Where the login was started and is looked at, the provider, the way back. */
export function LoginFacts({ view }: { readonly view: LoginConsentView }) {
  return (
    <>
      <Warning view={view} />
      <dl class="facts">
        <dt>Started from</dt>
        <dd>{placeName(view.startedFrom)}</dd>
        <dt>Your browser</dt>
        <dd>{placeName(view.browser)}</dd>
        <Provider provider={view.provider} />
        {view.returnHost === undefined ? null : (
          <>
            <dt>Returns to</dt>
            <dd>
              <strong>{shown(view.returnHost, 253)}</strong>, another site
            </dd>
          </>
        )}
      </dl>
    </>
  );
}

/** The provider as an entry of a list of facts. */
export function Provider({ provider }: { readonly provider: ProviderView }) {
  return (
    <>
      <dt>Provider</dt>
      <dd>
        <bdi>{shown(provider.name, 100)}</bdi>
        <span class="quiet address">{shown(provider.issuer, 200)}</span>
      </dd>
    </>
  );
}

function Warning({ view: { startedFrom, browser } }: { readonly view: LoginConsentView }) {
  const apart = difference(startedFrom, browser);
  if (apart === "none") return null;
  return (
    <div class="warning">
      {apart === "country" ? (
        <p>
          <strong>
            This was started in another country than yours: {countryName(startedFrom)}, not {countryName(browser)}.
          </strong>{" "}
          Someone else may be asking for a mytoken in your name. If you did not start it on a machine there, decline.
        </p>
      ) : (
        <p>
          <strong>This was started from another address than your browser’s.</strong> That is as it should be if you
          started it on another machine. If you did not, decline.
        </p>
      )}
    </div>
  );
}
