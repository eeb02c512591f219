// The loss surface under the mouse: A, B and the loss there; a click or a drag chooses the start.

const CHART = ".st-key-stage-0 > :nth-child(2) svg.marks";

const surfaces = new WeakMap();

function axis(value) {
  return value.toFixed(2).replace("-", value > -0.005 ? "" : "−");
}

function number(value) {
  if (value >= 1e-4) return value.toLocaleString("en-US", { maximumSignificantDigits: 3 });
  const [mantissa, exponent] = value.toExponential(2).split("e-");
  return value ? `${Number(mantissa)} × 10⁻${[...exponent].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("")}` : "0";
}

export default function ({ data, parentElement, setTriggerValue }) {
  if (!surfaces.has(parentElement)) surfaces.set(parentElement, makeSurface(parentElement));
  const surface = surfaces.get(parentElement);
  surface.load(data, (start) => setTriggerValue("start", start));
  return () => surface.dispose();
}

function makeSurface(parent) {
  const note = Object.assign(document.createElement("div"), { className: "surface-note", ariaHidden: "true", hidden: true });
  const dot = Object.assign(document.createElement("div"), { className: "surface-dot", hidden: true });
  document.body.append(note, dot);
  let data;
  let choose;
  let dragged = null; // the plot in which the start is being moved

  function load(newData, newChoose) {
    const [x, y] = ["x", "y"].map((axis) => new Float32Array(Uint8Array.from(atob(newData.samples[axis]), (letter) => letter.charCodeAt(0)).buffer));
    data = { ...newData, x, y };
    choose = newChoose;
    document.querySelector(".stApp").classList.toggle("fixed", !data.clickable);
  }

  function place(event) {
    const plot = dragged ?? document.querySelector(CHART + " .background")?.getBoundingClientRect();
    if (!plot || !data) return null;
    const across = (event.clientX - plot.left) / plot.width;
    const down = (event.clientY - plot.top) / plot.height;
    if (across < 0 || across > 1 || down < 0 || down > 1) return null;
    const [[a_low, a_high], [b_low, b_high]] = data.limits;
    return { plot, a: a_low + across * (a_high - a_low), b: b_high - down * (b_high - b_low) };
  }

  function loss(a, b) {
    let sum = 0;
    for (let k = 0; k < data.y.length; k += 1) {
      const inside = 1 - ((data.x[k] + data.offset) / a) ** 2;
      sum += (data.y[k] - (inside > 0 ? b * Math.sqrt(inside) : 0)) ** 2;
    }
    return sum / data.y.length;
  }

  function onMove(event) {
    const at = dragged || event.target.closest?.(CHART) ? place(event) : null;
    note.hidden = !at || (!dragged && document.querySelector("#vg-tooltip-element.visible") !== null);
    if (!at) return;
    note.textContent = `A ${axis(at.a)} · B ${axis(at.b)} · loss ${number(loss(at.a, at.b))}`;
    const left = event.clientX + 14 + note.offsetWidth > innerWidth ? event.clientX - 14 - note.offsetWidth : event.clientX + 14;
    Object.assign(note.style, { left: `${left}px`, top: `${event.clientY + 14}px` });
    if (!dragged) return;
    Object.assign(dot.style, { left: `${event.clientX}px`, top: `${event.clientY}px` });
    if (data.follows) showThere(at);
  }

  // Move the ellipse and the dot in the charts to the mouse, as the player does.
  function showThere({ a, b }) {
    const state = [data.token, 0, `0 ${a} ${b} ${loss(a, b)}`].join("|");
    for (const field of document.querySelectorAll(".st-key-pictures .vega-bindings input")) {
      field.value = state;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  function onDown(event) {
    const at = event.target.closest?.(CHART) && !event.button && event.isPrimary ? place(event) : null;
    if (!at || !data.clickable) return;
    dragged = at.plot;
    dot.hidden = false;
    event.preventDefault(); // no text is selected meanwhile
    onMove(event);
  }

  function onUp(event) {
    if (!dragged) return;
    const at = event.type === "pointerup" ? place(event) : null;
    dragged = null;
    note.hidden = true;
    if (at) choose([at.a, at.b]);
    else dot.hidden = true;
  }

  const onRun = () => (dot.hidden ||= !dragged); // the run from there is drawn

  const listeners = { pointermove: onMove, pointerdown: onDown, pointerup: onUp, pointercancel: onUp };
  for (const [event, listener] of Object.entries(listeners)) addEventListener(event, listener);
  document.addEventListener("player-move", onRun);

  function dispose() {
    if (parent.isConnected) return;
    for (const [event, listener] of Object.entries(listeners)) removeEventListener(event, listener);
    document.removeEventListener("player-move", onRun);
    note.remove();
    dot.remove();
  }

  return { load, dispose };
}
