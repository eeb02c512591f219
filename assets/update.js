// Scroll to the arithmetic of one update when the player's button has opened it, and follow the player afterwards.
//
// The player dispatches `player-move` on the document, with the number of updates made in `detail.update`, whenever it
// has moved and does not play. It also moves when it is given new runs, which is not followed: the link decides.

const PAUSE = 150; // ms after the last move
const SETTLING = 500; // ms after new runs, in which the player moves by itself

const seen = new WeakSet(); // elements of this component
let runs = null; // token of the runs that the player moves
let position = null; // number of updates at which it stands, if known
let quietUntil = 0;
let opened = null;
let timer = null;
let send = () => {};

export default function ({ data, parentElement, setTriggerValue }) {
  send = (update) => parentElement.isConnected && setTriggerValue("place", update);
  const fresh = !seen.has(parentElement);
  if (data.runs !== runs) {
    clearTimeout(timer); // the player may have the new runs already
    quietUntil = performance.now() + SETTLING;
  }
  if (fresh) {
    const scrub = document.querySelector(".player .scrub");
    position = scrub ? Number(scrub.value) : null;
  }
  seen.add(parentElement);
  runs = data.runs;
  if (data.opened && data.opened !== opened) {
    position = data.update;
    quietUntil = 0;
    scrollTo(parentElement);
  }
  opened = data.opened;
  document.addEventListener("player-move", follow);
  return () => document.removeEventListener("player-move", follow);
}

function follow(event) {
  const { update } = event.detail;
  const moved = position !== null && update !== position && performance.now() >= quietUntil;
  position = update;
  if (!moved) return;
  clearTimeout(timer);
  timer = setTimeout(() => {
    replaceLink(update);
    send(update);
  }, PAUSE);
}

// Going back should not lead through every move, so the update replaces the one in the link.
function replaceLink(update) {
  const step = update ? `&step=${update}` : "";
  const search = location.search.replace(/&step=[^&]*/, "").replace("section=step", `section=step${step}`);
  history.replaceState(history.state, "", location.pathname + search + location.hash);
}

// The player stays at an edge of the window, so the arithmetic must not end up under it.
function scrollTo(parentElement) {
  const element = parentElement.getRootNode().host ?? parentElement;
  const player = document.querySelector(".st-key-player");
  element.style.scrollMarginTop = `${(player?.offsetHeight ?? 0) + 64}px`;
  requestAnimationFrame(() => element.scrollIntoView({ block: "start" }));
}
