// Send back the token that came with `data` once the page has been idle for a moment.

const PAUSE = 250; // ms

export default function ({ data, setTriggerValue }) {
  if (!data.token) return;
  const timer = setTimeout(() => setTriggerValue("idle", data.token), PAUSE);
  return () => clearTimeout(timer);
}
