/** The page at `/`: what answers here, and for which providers. */
import type { ProviderView } from "./consent-view.ts";
import { Document, render } from "./document.tsx";
import { shown } from "./shown.ts";

export interface HomeView {
  readonly issuer: string;
  readonly providers: readonly ProviderView[];
}

/** For people who follow an address that is meant for programs. */
export function homePage({ issuer, providers }: HomeView): string {
  return render(
    <Document title="mytoken">
      <h1>This is a mytoken server</h1>
      <p>
        A mytoken lets your programs get access tokens over a long time and on any machine, without a browser and
        without your password. You log in once and decide what the mytoken may do, when and where it works, and how
        often.
      </p>
      <h2>Use it</h2>
      <p>
        Give this address to your program, for instance the <code>mytoken</code> command or oidc-agent:
      </p>
      <p class="address">
        <code>{issuer}</code>
      </p>
      <h2>Providers</h2>
      <ul class="providers">
        {providers.map(({ name, issuer }) => (
          <li>
            <bdi>{shown(name, 100)}</bdi> <span class="quiet address">{shown(issuer, 200)}</span>
          </li>
        ))}
      </ul>
      <h2>For programs</h2>
      <ul>
        <li>
          <a href="/.well-known/mytoken-configuration">Metadata document</a>
        </li>
        <li>
          <a href="/jwks">Public keys</a>
        </li>
      </ul>
    </Document>,
  );
}
