/** The last page of a login that a program started (`/native`, `/native/abort`); the name comes from the query, unchecked. */
import { Document, render } from "./document.tsx";
import { shown } from "./shown.ts";

/** The login is done. */
export function nativeSuccessPage(applicationName: string | undefined): string {
  return render(
    <Document title="Success">
      <h1>Success</h1>
      <p>You are logged in, and your mytoken is ready.</p>
      <WayBack applicationName={applicationName} />
    </Document>,
  );
}

/** The login was declined. */
export function nativeAbortPage(applicationName: string | undefined): string {
  return render(
    <Document title="Declined">
      <h1>Declined</h1>
      <p>No mytoken was made.</p>
      <WayBack applicationName={applicationName} />
    </Document>,
  );
}

function WayBack({ applicationName }: { readonly applicationName: string | undefined }) {
  const name = shown(applicationName ?? "", 100);
  return (
    <p>You can close this page and go back to {name === "" ? "your program" : <bdi class="claim">{name}</bdi>}.</p>
  );
}
