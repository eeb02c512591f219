// The player moves the charts of all runs on the page together, without a request to the server.
//
// Each chart has a hidden text field bound to its parameter `state`. Writing "token|x|x a b loss|..." there, the progress
// and one part for each run, moves every run to that position. The rows of the runs come with `data`.

const FIELDS = ["x", "a", "b", "loss", "update", "epoch"];
const ROWS_PER_SECOND = 60;
const SHORTEST = 4; // seconds that a run takes at least, at 1x
const LONGEST_WATCH = 10; // seconds that a run takes at most when it is watched in a lesson, at 1x
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
  return { length, rows, end: rows.x[length - 1] };
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

function fixed(value, digits) {
  const text = Math.abs(value).toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return value < 0 && Number(text.replaceAll(",", "")) ? `−${text}` : text;
}

function axis(length) {
  return Math.abs(length) < 100 ? fixed(length, 4) : number(length, 4);
}

function distance(length, kilometres) {
  if (Math.abs(length) < 0.1) return `${fixed(length * kilometres, 0)} km`;
  return `${Math.abs(length) < 1000 ? fixed(length, 2) : number(length, 4)} AU`;
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

// Below 1100 pixels the sidebar starts folded, once for each load of the page.
let folded = innerWidth >= 1100;

function foldSidebar() {
  const button = folded ? null : document.querySelector("[data-testid=stSidebarCollapseButton] [aria-expanded=true]");
  if (!button) return;
  folded = true;
  button.click();
  let tries = 0;
  const forget = setInterval(() => {
    try {
      // Otherwise Streamlit would fold it in larger windows too.
      Object.keys(localStorage).filter((key) => key.startsWith("stSidebarCollapsed")).forEach((key) => localStorage.removeItem(key));
    } catch {} // no storage, nothing remembered
    if ((tries += 1) > 10) clearInterval(forget);
  }, 20);
}

function makePlayer(bar) {
  const element = (selector) => bar.querySelector(selector);
  const [scrub, speed, here, spoken] = [".scrub", ".speed", ".here", ".spoken"].map(element);
  const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
  const fieldsOf = (group) => document.querySelectorAll(`.st-key-${group.where} .vega-bindings input`);

  let groups = []; // {where, token, runs, longest}
  let readouts = null; // texts at the end of the run, and constants for those before it
  let x = 0; // progress of the first group
  let playing = false;
  let playedRow = 0; // of the longest run, with a fraction
  let drawn = null; // time of the last frame, ms
  let pointing = false; // while a button of the mouse is down
  let byMouse = false; // whether the focus was last moved by mouse or touch
  let watched = null; // how often Watch was pressed, as far as the player knows
  let lesson = ""; // that is open
  let link = ""; // to copy, if it is not the address
  const player = { trigger: () => {}, load, dispose };

  function load(data) {
    take(data);
    if (data.lesson !== lesson) document.querySelector(".stMain").scrollTo(0, 0);
    lesson = data.lesson;
    link = data.link ?? "";
    watch(data.watched);
  }

  function take(data) {
    readouts = data.readouts;
    const tokens = data.groups.map((group) => group.token).join();
    if (tokens === groups.map((group) => group.token).join()) return show();
    const moved = !groups.length || data.groups[0].token !== groups[0].token;
    const share = moved ? 1 : x / end();
    groups = data.groups.map((group) => {
      const runs = group.runs.map(unpack);
      return { ...group, runs, longest: runs.reduce((best, run) => (run.end > best.end ? run : best)) };
    });
    if (moved) pause();
    x = share * end();
    scrub.max = end();
    bar.querySelectorAll(".transport :is(button, select):not([data-do=copy]), .scrub").forEach((one) => (one.disabled = !end()));
    show();
  }

  // Watch plays from the start; what the page says about the end waits for it. Where motion is unwelcome it stands at once.
  function watch(times) {
    const before = watched ?? times;
    watched = times;
    if (times <= before) return;
    document.querySelector(".stApp").classList.remove("awaiting");
    if (!end() || reducedMotion.matches) return;
    document.querySelector(".stApp").classList.add("unseen");
    document.querySelector(".st-key-stage-0").scrollIntoView({ block: "nearest" }); // on a phone it is above
    x = 0;
    show();
    play();
  }

  const main = () => groups[0].runs[0];
  const end = () => groups[0].longest.end;
  const row = () => lastRowUpTo(main(), x);

  // Without a state, the charts show the end of the runs.
  function stateOf(group) {
    if (x >= end()) return "";
    const progress = (x / end()) * group.longest.end;
    const parts = group.runs.map((run) => {
      const k = lastRowUpTo(run, progress);
      return ["x", "a", "b", "loss"].map((field) => run.rows[field][k]).join(" ");
    });
    return [group.token, progress, ...parts].join("|");
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
    document.querySelector(".stApp").classList.toggle("midway", x < end());
    if (x >= end()) document.querySelector(".stApp").classList.remove("unseen");
    scrub.value = x;
    const words = describe();
    here.textContent = words;
    scrub.setAttribute("aria-valuetext", words);
    showReadouts();
    if (playing) return;
    spoken.textContent = words;
    document.dispatchEvent(new CustomEvent("player-move", { detail: { update: main().rows.update[row()] } }));
  }

  function inSight(chart) {
    const box = chart.getBoundingClientRect();
    return box.bottom > 0 && box.top < innerHeight;
  }

  function describe() {
    const { update, epoch } = main().rows;
    return `update ${update[row()].toLocaleString("en-US")} · epoch ${epoch[row()].toFixed(1)}`;
  }

  // The read-outs follow the player; at the end they are those of the server.
  function showReadouts() {
    const { a, b, loss } = main().rows;
    const k = row();
    const size = Math.abs(a[k]);
    const texts =
      x >= end()
        ? readouts.texts
        : [
            `${axis(size)} AU`,
            `${axis(b[k])} AU`,
            Number.isFinite(loss[k]) ? number(loss[k]) : "–",
            readouts.kilometres ? distance(size + readouts.beyond, readouts.kilometres) : `${axis(size + readouts.beyond)} AU`,
          ];
    document.querySelectorAll(".st-key-readouts [data-testid=stMetricValue]").forEach((value, k) => {
      const text = document.createTreeWalker(value, NodeFilter.SHOW_TEXT).nextNode();
      if (text && text.data !== texts[k]) text.data = texts[k]; // the node is React's: change its text alone
    });
  }

  function play() {
    if (x >= end()) x = 0;
    playing = true;
    drawn = null;
    playedRow = lastRowUpTo(groups[0].longest, x);
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
    const { longest } = groups[0];
    const last = longest.length - 1;
    const longestPlay = document.querySelector(".stApp.unseen") ? LONGEST_WATCH : Infinity;
    const seconds = Math.min(Math.max(last / ROWS_PER_SECOND, SHORTEST), longestPlay) / Number(speed.value);
    drawn ??= now;
    const passed = (now - drawn) / 1000 / seconds;
    if (!reducedMotion.matches || passed * SLIDES >= 1) {
      playedRow += last * (reducedMotion.matches ? 1 / SLIDES : passed);
      drawn = now;
      if (playedRow >= last) {
        playedRow = last;
        if (element("[data-do=loop]").getAttribute("aria-pressed") === "true") playedRow = 0;
        else pause();
      }
      x = longest.rows.x[Math.round(playedRow)];
      show({ all: !playing });
    }
    if (playing) requestAnimationFrame(advance);
  }

  // The player stands at rows only, so that all numbers are those of the run. Up to 1,000 updates, each has a row.
  function seek(to) {
    const { longest } = groups[0];
    pause();
    x = longest.rows.x[lastRowUpTo(longest, to)];
    show();
  }

  function step(rows) {
    const { longest } = groups[0];
    seek(longest.rows.x[Math.min(Math.max(lastRowUpTo(longest, x) + rows, 0), longest.length - 1)]);
  }

  async function copyLink() {
    const label = element(".label");
    const copied = link || location.href.replace("/~/+/", "/"); // on Community Cloud the page is in a frame with this address
    try {
      await navigator.clipboard.writeText(copied);
    } catch {
      const field = Object.assign(document.createElement("textarea"), { value: copied });
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
    back: () => step(-1),
    play: () => (playing ? (pause(), show()) : play()),
    forward: () => step(1),
    end: () => seek(end()),
    loop: (button) => button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true"),
    inspect: () => player.trigger("step", main().rows.update[row()]),
    copy: copyLink,
  };

  bar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) actions[button.dataset.do](button);
  });
  scrub.addEventListener("input", () => seek(Number(scrub.value)));

  // Keys belong to the player unless the visitor types, or has reached a control by keyboard.
  function onKey(event) {
    const focused = document.activeElement;
    if (event.key === "Escape" && !event.defaultPrevented) focused.blur();
    if (event.ctrlKey || event.metaKey || event.altKey || !bar.isConnected) return;
    const action = { " ": "play", ArrowLeft: "back", ArrowRight: "forward", Home: "start", End: "end" }[event.key];
    const typing = focused.matches("input:not([type=range], [type=checkbox], [type=radio]), textarea, select, [contenteditable]");
    const nobody = focused === document.body || focused === document.documentElement;
    const ours = bar.contains(focused) && focused.tagName === "BUTTON" && event.key !== " "; // the space bar presses the button
    if (!action || typing || !(nobody || ours || byMouse)) return;
    event.preventDefault();
    event.stopPropagation();
    if (!nobody && !ours) focused.blur();
    actions[action]();
  }
  const onDown = () => (pointing = byMouse = true);
  const onUp = () => setTimeout(() => (pointing = false));
  const onFocus = () => (byMouse &&= pointing);

  // From the press of Watch until the player has the runs, nothing shows their end.
  function onWatch(event) {
    if (event.target.closest?.(".st-key-watch button")) document.querySelector(".stApp").classList.add("unseen", "awaiting");
  }

  // A drag in a timeline moves the player.
  function onTimeline(event) {
    const svg = event.target.closest?.("[class*=st-key-timeline-] svg.marks");
    if (!svg || event.button || !event.isPrimary) return;
    const plot = svg.querySelector(".background").getBoundingClientRect();
    const follow = (move) => seek(Math.round(((move.clientX - plot.left) / plot.width) * end()));
    svg.setPointerCapture(event.pointerId);
    svg.addEventListener("pointermove", follow);
    svg.addEventListener("lostpointercapture", () => svg.removeEventListener("pointermove", follow), { once: true });
    follow(event);
    event.preventDefault(); // no text is selected meanwhile
  }

  // A chart that is drawn anew shows the end of its runs, so move it to the current position.
  const redrawn = new MutationObserver((changes) => {
    const fresh = changes.some((change) => [...change.addedNodes].some((node) => node.querySelector?.(".vega-bind, .vega-bindings")));
    if (fresh && groups.length && !playing) show();
    foldSidebar();
  });

  const skip = Object.assign(document.createElement("a"), { className: "skip", href: "#", textContent: "Skip to the player" });
  skip.addEventListener("click", (event) => (event.preventDefault(), element("[data-do=play]").focus()));

  foldSidebar();

  addEventListener("keydown", onKey, true);
  addEventListener("pointerdown", onDown, true);
  addEventListener("pointerup", onUp, true);
  addEventListener("focusin", onFocus);
  addEventListener("pointerdown", onTimeline);
  addEventListener("click", onWatch, true);
  redrawn.observe(document.body, { childList: true, subtree: true });
  document.body.prepend(skip);

  function dispose() {
    if (bar.isConnected) return;
    removeEventListener("keydown", onKey, true);
    removeEventListener("pointerdown", onDown, true);
    removeEventListener("pointerup", onUp, true);
    removeEventListener("focusin", onFocus);
    removeEventListener("pointerdown", onTimeline);
    removeEventListener("click", onWatch, true);
    redrawn.disconnect();
    skip.remove();
  }

  return player;
}
