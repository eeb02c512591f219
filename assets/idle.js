// Send back the token that came with `data` once the page has been idle for a moment.

const PAUSE = 250; // ms

export default function ({ data, setTriggerValue }) {
  if (!data.token) return;
  // One wait on the page: Streamlit complains of two fragments that ask for a rerun at once.
  clearTimeout(globalThis.orbitoptIdle);
  const timer = setTimeout(() => setTriggerValue("idle", data.token), PAUSE);
  globalThis.orbitoptIdle = timer;
  return () => clearTimeout(timer);
}
