/** When the mytoken is replaced by a successor (token-core §4.5). */
import type { Rotation } from "../token/rotation.ts";

/** The four members of the rotation, each to be switched. */
export function RotationChoice({ rotation }: { readonly rotation: Rotation }) {
  const on = rotation.on_AT === true || rotation.on_other === true;
  return (
    <section>
      <h2>Rotation</h2>
      <p>{on ? "It is replaced by a new one as it is used." : "It stays the same as it is used."}</p>
      <details open={on || rotation.auto_revoke === true || (rotation.lifetime ?? 0) > 0}>
        <summary>Change the rotation</summary>
        <Switch name="on_AT" checked={rotation.on_AT} text="Replace it when it gets an access token" />
        <Switch name="on_other" checked={rotation.on_other} text="Replace it at any other use" />
        <Switch
          name="auto_revoke"
          checked={rotation.auto_revoke}
          text="Revoke it, and all made from it, if a replaced one is used again"
        />
        <p>
          <label for="lifetime">Seconds after which one that was not replaced ends (0: never)</label>
          <input
            id="lifetime"
            name="lifetime"
            type="number"
            min="0"
            max={Number.MAX_SAFE_INTEGER}
            step="1"
            inputmode="numeric"
            value={rotation.lifetime ?? 0}
          />
        </p>
      </details>
    </section>
  );
}

interface SwitchProps {
  readonly name: keyof Rotation;
  readonly checked: boolean | undefined;
  readonly text: string;
}

function Switch({ name, checked = false, text }: SwitchProps) {
  return (
    <label class="option">
      <input type="checkbox" name={name} checked={checked} />
      <span>{text}</span>
    </label>
  );
}
