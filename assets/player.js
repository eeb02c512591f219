// The player: it moves the pictures of all runs on the page together, in the browser alone.
//
// A picture has a hidden text field bound to its parameter `state`; writing "token|x a b loss|..." there, one part for
// each run, puts every run where it stood then. The rows of the runs come with `data`; the server is asked for nothing.

const FIELDS = ["x", "a", "b", "loss", "update", "epoch"];
const ROWS_PER_SECOND = 60;
const SHORTEST = 4; // seconds that even a short run takes at 1x
const SLIDES = 10; // how many still pictures stand for the film where motion is unwelcome

const players = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const bar = parentElement.querySelector(".player");
  if (!players.has(bar)) players.set(bar, makePlayer(bar));
  const player = players.get(bar);
  player.ask = setTriggerValue;
  player.load(data);
  return () => player.rest();
}

function unpack(run) {
  const bytes = Uint8Array.from(atob(run.rows), (letter) => letter.charCodeAt(0));
  const numbers = new Float32Array(bytes.buffer);
  const length = numbers.length / FIELDS.length;
  const rows = Object.fromEntries(FIELDS.map((field, k) => [field, numbers.subarray(k * length, (k + 1) * length)]));
  return { name: run.name, length, rows };
}

// Numbers as formatting.py writes them: a real minus sign, and a power of ten for what is very large or small.

function number(value, digits = 3) {
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size === 0 || (size >= 1e-4 && size < 1e7)) {
    return sign + size.toLocaleString("en-US", { maximumSignificantDigits: digits });
  }
  const [mantissa, exponent] = size.toExponential(digits - 1).split("e");
  const power = [...String(Number(exponent))].map((sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]).join("");
  return `${sign}${Number(mantissa)} × 10${power}`;
}

function axis(length) {
  return Math.abs(length) < 100 ? length.toFixed(4).replace("-", "−") : number(length, 4);
}

function lastRowUpTo(run, x) {
  let low = 0;
  let high = run.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (run.rows.x[middle] <= x) low = middle;
    else high = middle - 1;
  }
  return low;
}

function makePlayer(bar) {
  const element = (selector) => bar.querySelector(selector);
  const [scrub, speed, here, spoken] = [".scrub", ".speed", ".here", ".spoken"].map(element);
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const fieldsOf = (group) => document.querySelectorAll(`.st-key-${group.where} .vega-bindings input`);

  let groups = []; // {where, token, runs, longest}
  let share = 1; // how much of the run has passed, 0 to 1
  let playing = false;
  let drawn = null; // when the last picture was drawn, ms
  const player = { ask: () => {}, load, rest };

  function load(data) {
    const tokens = data.groups.map((group) => group.token).join();
    if (tokens === groups.map((group) => group.token).join()) return;
    const moved = !groups.length || data.groups[0].token !== groups[0].token;
    groups = data.groups.map((group) => {
      const runs = group.runs.map(unpack);
      const longest = runs.reduce((best, run) => (run.rows.x[run.length - 1] > best.rows.x[best.length - 1] ? run : best));
      return { ...group, runs, longest };
    });
    if (moved) {
      pause();
      share = 1;
    }
    scrub.max = groups[0].runs[0].length - 1;
    show();
  }

  function main() {
    return groups[0].runs[0];
  }

  function row() {
    return Math.round(share * (main().length - 1));
  }

  function stateOf(group) {
    const x = group.longest.rows.x[Math.round(share * (group.longest.length - 1))];
    const parts = group.runs.map((run) => {
      const k = lastRowUpTo(run, x);
      return ["x", "a", "b", "loss"].map((field) => run.rows[field][k]).join(" ");
    });
    return [group.token, ...parts].join("|");
  }

  function show({ all = true } = {}) {
    for (const group of groups) {
      const state = stateOf(group);
      for (const field of fieldsOf(group)) {
        if (field.value === state) continue;
        if (!all && !inSight(field.closest(".stVegaLiteChart"))) continue;
        field.value = state;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }
    scrub.value = row();
    const words = describe();
    here.textContent = words;
    scrub.setAttribute("aria-valuetext", words);
    if (!playing) spoken.textContent = words;
  }

  function inSight(chart) {
    const box = chart.getBoundingClientRect();
    return box.bottom > 0 && box.top < innerHeight;
  }

  function describe() {
    const rows = main().rows;
    const k = row();
    const loss = rows.loss[k];
    return (
      `update ${rows.update[k].toLocaleString("en-US")} · epoch ${rows.epoch[k].toFixed(1)} · ` +
      `A ${axis(rows.a[k])} · B ${axis(rows.b[k])} · loss ${Number.isFinite(loss) ? number(loss) : "–"}`
    );
  }

  function play() {
    if (share >= 1) share = 0;
    playing = true;
    drawn = null;
    bar.classList.add("playing");
    element("[data-do=play]").setAttribute("aria-label", "Pause");
    requestAnimationFrame(advance);
  }

  function pause() {
    playing = false;
    bar.classList.remove("playing");
    element("[data-do=play]").setAttribute("aria-label", "Play");
  }

  function advance(now) {
    if (!playing || !bar.isConnected) return;
    const seconds = Math.max((main().length - 1) / ROWS_PER_SECOND, SHORTEST) / Number(speed.value);
    drawn ??= now;
    const passed = (now - drawn) / 1000 / seconds;
    if (!calm.matches || passed * SLIDES >= 1) {
      share += calm.matches ? 1 / SLIDES : passed;
      drawn = now;
      if (share >= 1) {
        share = 1;
        if (element("[data-do=loop]").getAttribute("aria-pressed") === "true") share = 0;
        else pause();
      }
      show({ all: !playing });
    }
    if (playing) requestAnimationFrame(advance);
  }

  function seek(k) {
    pause();
    share = Math.min(Math.max(k / (main().length - 1), 0), 1);
    show();
  }

  async function copyLink() {
    const label = element(".label");
    const link = location.href.replace("/~/+/", "/"); // on Community Cloud the page lives in a frame of this address
    try {
      await navigator.clipboard.writeText(link);
    } catch {
      const field = Object.assign(document.createElement("textarea"), { value: link });
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    spoken.textContent = label.textContent = "Copied";
    setTimeout(() => (label.textContent = "Copy link"), 2000);
  }

  const actions = {
    start: () => seek(0),
    back: () => seek(row() - 1),
    play: () => (playing ? (pause(), show()) : play()),
    forward: () => seek(row() + 1),
    end: () => seek(main().length - 1),
    loop: (button) => button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true"),
    lens: () => player.ask("step", main().rows.update[row()]),
    share: copyLink,
  };

  bar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) actions[button.dataset.do](button);
  });
  scrub.addEventListener("input", () => seek(Number(scrub.value)));

  function onKey(event) {
    const focused = document.activeElement;
    const ours = bar.contains(focused) && focused.tagName === "BUTTON" && event.key !== " "; // which presses the button
    const nobody = focused === document.body || focused === document.documentElement;
    if (!(nobody || ours) || event.ctrlKey || event.metaKey || event.altKey || !bar.isConnected) return;
    const action = { " ": "play", ArrowLeft: "back", ArrowRight: "forward", Home: "start", End: "end" }[event.key];
    if (!action) return;
    event.preventDefault();
    actions[action]();
  }
  addEventListener("keydown", onKey);

  // A picture that is drawn anew stands at the end of its runs: put it where the others are.
  const watch = new MutationObserver((changes) => {
    const fresh = changes.some((change) => [...change.addedNodes].some((node) => node.querySelector?.(".vega-bind, .vega-bindings")));
    if (fresh && groups.length && !playing) show();
  });
  watch.observe(document.body, { childList: true, subtree: true });

  function rest() {
    if (bar.isConnected) return;
    removeEventListener("keydown", onKey);
    watch.disconnect();
  }

  return player;
}
