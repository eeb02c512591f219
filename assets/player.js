// The player moves the charts of all runs on the page together, without a request to the server.
//
// Each chart has a hidden text field bound to its parameter `state`. Writing "token|x a b loss|..." there, one part for
// each run, moves every run to that position. The rows of the runs come with `data`.

const FIELDS = ["x", "a", "b", "loss", "update", "epoch"];
const ROWS_PER_SECOND = 60;
const SHORTEST = 4; // seconds that a run takes at least, at 1x
const SLIDES = 10; // number of still frames if the visitor prefers reduced motion

const players = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const bar = parentElement.querySelector(".player");
  if (!players.has(bar)) players.set(bar, makePlayer(bar));
  const player = players.get(bar);
  player.trigger = setTriggerValue;
  player.load(data);
  return () => player.dispose();
}

function unpack(run) {
  const bytes = Uint8Array.from(atob(run.rows), (letter) => letter.charCodeAt(0));
  const numbers = new Float32Array(bytes.buffer);
  const length = numbers.length / FIELDS.length;
  const rows = Object.fromEntries(FIELDS.map((field, k) => [field, numbers.subarray(k * length, (k + 1) * length)]));
  return { name: run.name, length, rows };
}

// Numbers as formatting.py writes them: a real minus sign, and powers of ten for very large or small ones.

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
  const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
  const fieldsOf = (group) => document.querySelectorAll(`.st-key-${group.where} .vega-bindings input`);

  let groups = []; // {where, token, runs, longest}
  let progress = 1; // share of the run that has passed, 0 to 1
  let playing = false;
  let drawn = null; // time of the last frame, ms
  const player = { trigger: () => {}, load, dispose };

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
      progress = 1;
    }
    scrub.max = groups[0].runs[0].length - 1;
    show();
  }

  function main() {
    return groups[0].runs[0];
  }

  function row() {
    return Math.round(progress * (main().length - 1));
  }

  // Without a state, the charts show the end of the runs.
  function stateOf(group) {
    if (progress >= 1) return "";
    const x = group.longest.rows.x[Math.round(progress * (group.longest.length - 1))];
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
    if (progress >= 1) progress = 0;
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
    if (!reducedMotion.matches || passed * SLIDES >= 1) {
      progress += reducedMotion.matches ? 1 / SLIDES : passed;
      drawn = now;
      if (progress >= 1) {
        progress = 1;
        if (element("[data-do=loop]").getAttribute("aria-pressed") === "true") progress = 0;
        else pause();
      }
      show({ all: !playing });
    }
    if (playing) requestAnimationFrame(advance);
  }

  function seek(k) {
    pause();
    progress = Math.min(Math.max(k / (main().length - 1), 0), 1);
    show();
  }

  async function copyLink() {
    const label = element(".label");
    const link = location.href.replace("/~/+/", "/"); // on Community Cloud the page is in a frame with this address
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
    inspect: () => player.trigger("step", main().rows.update[row()]),
    copy: copyLink,
  };

  bar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) actions[button.dataset.do](button);
  });
  scrub.addEventListener("input", () => seek(Number(scrub.value)));

  function onKey(event) {
    const focused = document.activeElement;
    const ours = bar.contains(focused) && focused.tagName === "BUTTON" && event.key !== " "; // the space bar presses the button
    const nobody = focused === document.body || focused === document.documentElement;
    if (!(nobody || ours) || event.ctrlKey || event.metaKey || event.altKey || !bar.isConnected) return;
    const action = { " ": "play", ArrowLeft: "back", ArrowRight: "forward", Home: "start", End: "end" }[event.key];
    if (!action) return;
    event.preventDefault();
    actions[action]();
  }
  addEventListener("keydown", onKey);

  // A chart that is drawn anew shows the end of its runs, so move it to the current position.
  const watch = new MutationObserver((changes) => {
    const fresh = changes.some((change) => [...change.addedNodes].some((node) => node.querySelector?.(".vega-bind, .vega-bindings")));
    if (fresh && groups.length && !playing) show();
  });
  watch.observe(document.body, { childList: true, subtree: true });

  function dispose() {
    if (bar.isConnected) return;
    removeEventListener("keydown", onKey);
    watch.disconnect();
  }

  return player;
}
