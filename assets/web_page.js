// A run, a race or a lesson in a file of its own: draws the charts of a stage, and hands its data to the player and to
// the read-out of the loss surface. A lesson has two stages, the question and the answer.

const { configs, stages } = JSON.parse(document.querySelector("#page").textContent);
const app = document.querySelector(".stApp");
const places = [...document.querySelectorAll(".stVegaLiteChart")];
const dark = matchMedia("(prefers-color-scheme: dark)");
const tip = Object.assign(document.createElement("div"), { id: "vg-tooltip-element", ariaHidden: "true" });

let [stage] = stages;
let views = [];

// Numbers are base64 of single precision.
function numbers(text) {
  return new Float32Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}

function rowsOf(table) {
  const columns = Object.entries(table).map(([name, column]) => [name, typeof column === "string" ? numbers(column) : column]);
  const [[, first]] = columns;
  return Array.from(first, (_, k) => Object.fromEntries(columns.map(([name, column]) => [name, column[k]])));
}

function showTip(_, event, item, value) {
  tip.classList.toggle("visible", Boolean(value));
  if (!value) return;
  tip.textContent = Object.entries(value).map((pair) => pair.join(": ")).join("\n");
  const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 4);
  Object.assign(tip.style, { left: `${left}px`, top: `${event.clientY + 14}px` });
}

function draw() {
  views.forEach((view) => view.finalize());
  const config = configs[dark.matches ? "dark" : "light"];
  views = stage.charts.map(({ chart, datasets }, k) => {
    const [plot, bindings] = ["plot", "vega-bindings"].map((className) => Object.assign(document.createElement("div"), { className }));
    places[k].replaceChildren(plot, bindings);
    const { clientWidth: width, clientHeight: height } = places[k];
    const { spec } = vegaLite.compile({ ...chart, width, height }, { config });
    const view = new vega.View(vega.parse(spec, {}, { ast: true }), { expr: expressionInterpreter, renderer: "svg", tooltip: showTip });
    datasets.forEach((name) => view.data(name, rowsOf(stage.tables[name])));
    return view.initialize(plot, bindings);
  });
  return Promise.all(views.map((view) => view.runAsync()));
}

function resize() {
  views.forEach((view, k) => {
    const { clientWidth, clientHeight } = places[k];
    if (clientWidth) view.width(clientWidth).height(clientHeight).runAsync();
  });
}

async function show(next) {
  stage = next;
  await draw();
  mountPlayer({ data: stage.player, parentElement: document.querySelector(".st-key-player"), setTriggerValue() {} });
  mountSurface({ data: { ...stage.surface, samples: stage.tables.samples }, parentElement: app, setTriggerValue() {} });
}

// A lesson: a choice enables Watch, which shows the answer and plays.
function choose(choice) {
  document.querySelectorAll(".st-key-choices button").forEach((one) => (one.ariaPressed = one === choice));
  document.querySelectorAll("[data-guess]").forEach((one) => (one.hidden = one.dataset.guess !== choice.value));
  document.querySelector(".st-key-watch button").disabled = false;
}

function watch() {
  document.querySelectorAll(".question, .answer").forEach((part) => (part.hidden = !part.hidden));
  show(stages[1]);
}

document.body.append(tip);
document.querySelectorAll(".st-key-choices button").forEach((one) => one.addEventListener("click", () => choose(one)));
document.querySelector(".st-key-watch button")?.addEventListener("click", watch);
dark.addEventListener("change", draw);
await show(stages[0]);
const observer = new ResizeObserver(resize);
places.forEach((place) => observer.observe(place));
document.documentElement.dataset.drawn = performance.now(); // ms from the start of loading
