// Ask for what may wait once the pictures have stood still for a moment: sends back the token that came with `data`.

const PAUSE = 250; // ms

export default function ({ data, setTriggerValue }) {
  if (!data.token) return;
  const timer = setTimeout(() => setTriggerValue("idle", data.token), PAUSE);
  return () => clearTimeout(timer);
}
