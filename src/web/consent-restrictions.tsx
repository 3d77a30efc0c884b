/** The restrictions: in words, and as the JSON that counts. */
import type { Clause } from "../token/clause.ts";
import { shown, shownJson } from "./shown.ts";

const SUMMARY_LINES = 60;

interface RestrictionChoiceProps {
  readonly restrictions: readonly Clause[];
  readonly summary: readonly string[];
}

/** The summary of what was asked for, and the text that is sent. */
export function RestrictionChoice({ restrictions, summary }: RestrictionChoiceProps) {
  return (
    <section>
      <h2>When and where it works</h2>
      <Summary lines={summary} alarming={restrictions.length === 0} />
      <p id="summary-outdated" class="quiet" role="status"></p>
      <details>
        <summary>Change the restrictions</summary>
        <label for="restrictions">Restrictions as JSON</label>
        <p class="quiet" id="restrictions-hint">
          A list; a use needs to fit one entry of it. Times are seconds since 1970. <code>[]</code> is no restriction.
        </p>
        <textarea
          id="restrictions"
          name="restrictions"
          rows={Math.min(16, 4 + 4 * restrictions.length)}
          dir="ltr"
          spellcheck={false}
          autocapitalize="off"
          aria-describedby="restrictions-hint"
        >
          {shownJson(restrictions)}
        </textarea>
      </details>
    </section>
  );
}

function Summary({ lines, alarming }: { readonly lines: readonly string[]; readonly alarming: boolean }) {
  const more = lines.length - SUMMARY_LINES;
  return (
    <ul class={alarming ? "summary warning" : "summary"}>
      {lines.slice(0, SUMMARY_LINES).map((line) => (
        <li>{shown(line, 500)}</li>
      ))}
      {more > 0 ? <li>and {more} more lines: see the JSON below</li> : null}
    </ul>
  );
}
