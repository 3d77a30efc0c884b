// The consent page: reads the form, sends what the person decided (token-core §7.4, §7.5), goes where the answer says.
"use strict";
{
  const form = document.getElementById("consent");
  const buttons = [...form.querySelectorAll("button")];
  const [approveButton, declineButton] = buttons;
  const problem = document.getElementById("problem");
  const progress = document.getElementById("progress");
  const choices = [...form.querySelectorAll("fieldset[data-choice]")];
  const field = (name) => form.elements.namedItem(name);

  /** Something that the person can put right, in `control` if given. */
  class Mistake extends Error {
    constructor(text, control) {
      super(text);
      this.control = control;
    }
  }

  // --- Buttons: never at once, so that a click meant for another window does not land on them. ---

  let sending = false;
  let armed;

  function arm() {
    const focused = document.activeElement;
    clearTimeout(armed);
    for (const button of buttons) button.disabled = true;
    if (sending) return;
    armed = setTimeout(() => {
      for (const button of buttons) button.disabled = false;
      if (buttons.includes(focused)) focused.focus();
    }, 500);
  }

  // --- Capabilities: a ticked one includes what it covers (token-core §4.6). ---

  const boxes = (choice) => [...choice.querySelectorAll("input[type=checkbox]")];

  function parts(capability) {
    const readOnly = capability.startsWith("read@");
    return { readOnly, path: (readOnly ? capability.slice(5) : capability).split(":") };
  }

  function covers(held, wanted) {
    const [has, wants] = [parts(held), parts(wanted)];
    return held !== wanted && (wants.readOnly || !has.readOnly) && has.path.every((part, i) => part === wants.path[i]);
  }

  function settle(choice) {
    const ticked = boxes(choice).filter((box) => box.dataset.own === "true");
    for (const box of boxes(choice)) {
      const included = ticked.some((other) => covers(other.value, box.value));
      box.disabled = included;
      box.checked = included || box.dataset.own === "true";
      box.closest("label").querySelector(".included").hidden = !included;
    }
  }

  for (const choice of choices) {
    for (const box of boxes(choice)) box.dataset.own = String(box.checked);
    settle(choice);
    choice.addEventListener("change", ({ target }) => {
      target.dataset.own = String(target.checked);
      settle(choice);
    });
  }

  // --- What is sent. ---

  /** Numbers beyond what JavaScript keeps exactly would be sent as others: `1e999` as `null`, which restricts nothing. */
  function exactNumber(_, value) {
    if (typeof value === "number" && !Number.isSafeInteger(value)) throw new Error(`${value} is not a whole number`);
    return value;
  }

  function restrictions() {
    const area = field("restrictions");
    const wrong = (text) => new Mistake(`The restrictions cannot be read: ${text}. Write [] for none.`, area);
    let value;
    try {
      value = JSON.parse(area.value, exactNumber);
    } catch (error) {
      throw wrong(error.message);
    }
    if (!Array.isArray(value)) throw wrong("they must be a list");
    return value;
  }

  function rotation() {
    const lifetime = field("lifetime");
    if (!lifetime.checkValidity()) throw new Mistake("The seconds must be a whole number, 0 or more.", lifetime);
    const chosen = {};
    for (const name of ["on_AT", "on_other", "auto_revoke"]) if (field(name).checked) chosen[name] = true;
    if (Number(lifetime.value) > 0) chosen.lifetime = Number(lifetime.value);
    return Object.keys(chosen).length > 0 ? chosen : null;
  }

  function decision() {
    const decided = {
      oidc_issuer: field("oidc_issuer").value,
      name: field("name").value,
      restrictions: restrictions(),
      rotation: rotation(),
    };
    for (const choice of choices) {
      const ticked = boxes(choice).filter((box) => box.dataset.own === "true");
      decided[choice.dataset.choice] = ticked.map((box) => box.value);
    }
    if (decided.capabilities.length === 0) throw new Mistake("Choose what it may do.", boxes(choices[0])[0]);
    return decided;
  }

  // --- Sending: to this page's own address, or to the window of oidc-agent. ---

  async function post(body) {
    const headers = { Accept: "application/json", ...(body && { "Content-Type": "application/json" }) };
    const response = await fetch(location.pathname, { method: "POST", headers, body, redirect: "error" }).catch(() => {
      throw new Mistake("The server cannot be reached. Try again.");
    });
    const answer = (await response.json().catch(() => null)) ?? {};
    if (response.ok) return answer;
    if (response.status === 404) throw new Mistake("This request is over or has expired. Start it again.");
    throw new Mistake(answer.error_description || answer.error || `The server answered ${response.status}.`);
  }

  function go(address) {
    const url = typeof address === "string" ? new URL(address, location.href) : null;
    if (!/^https?:$/.test(url?.protocol)) throw new Mistake("The server did not say where to go next. Try again.");
    location.assign(url);
  }

  function agent(name, ...values) {
    if (typeof globalThis[name] !== "function") throw new Mistake("This page works only in the window of its program.");
    globalThis[name](...values);
  }

  const answers =
    form.dataset.mode === "agent"
      ? { approve: () => agent("approve", decision()), decline: () => agent("cancel") }
      : {
          approve: async () => go((await post(JSON.stringify(decision()))).authorization_uri),
          decline: async () => go((await post()).url),
        };

  async function send(answer) {
    sending = true;
    arm();
    problem.hidden = true;
    for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
    progress.textContent = "One moment …";
    try {
      await answer();
    } catch (error) {
      sending = false;
      arm();
      progress.textContent = "";
      show(error);
    }
  }

  function show(error) {
    const { control } = error;
    (control ? (control.closest("label") ?? control) : form.lastElementChild).after(problem);
    problem.textContent = error.message;
    problem.hidden = false;
    if (!control) return problem.focus();
    control.setAttribute("aria-invalid", "true");
    const details = control.closest("details");
    if (details) details.open = true;
    control.focus();
  }

  // Enter in a field would otherwise press a button: approving takes the button itself.
  form.addEventListener("submit", (event) => event.preventDefault());
  approveButton.addEventListener("click", () => void send(answers.approve));
  declineButton.addEventListener("click", () => void send(answers.decline));
  field("restrictions").addEventListener("input", () => {
    document.getElementById("summary-outdated").textContent = "The text above says what was asked for, not what you changed.";
  });
  addEventListener("focus", arm);
  addEventListener("pageshow", () => {
    sending = false;
    progress.textContent = "";
    arm();
  });
}
