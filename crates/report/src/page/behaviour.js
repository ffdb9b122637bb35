// Draws the figures from the JSON blocks of this page. Without JavaScript or WebGL the still pictures remain.
(() => {
  "use strict";
  const read = (id) => JSON.parse(document.getElementById(id).textContent);

  for (const place of document.querySelectorAll("[data-chart]")) {
    const { data, layout, config } = read(place.dataset.chart);
    Plotly.newPlot(place, data, layout, config);
  }

  const webgl = () => {
    try { return Boolean(document.createElement("canvas").getContext("webgl")); } catch { return false; }
  };
  const risk = document.getElementById("risk-surface");
  if (!risk || !webgl()) return;
  const stage = risk.querySelector(".stage");
  const choice = risk.querySelector("select");

  const show = () => {
    const { data, layout, config } = read(choice.value);
    for (const note of risk.querySelectorAll("[data-for]")) note.hidden = note.dataset.for !== choice.value;
    return Plotly.react(stage, data, layout, config);
  };

  // Turning by keyboard: the camera moves on a sphere about the slide.
  const move = (turn, tilt, zoom) => {
    const eye = { ...stage._fullLayout.scene.camera.eye };
    const reach = Math.hypot(eye.x, eye.y, eye.z);
    const around = Math.atan2(eye.y, eye.x) + turn;
    const up = Math.min(1.5, Math.max(0.05, Math.asin(eye.z / reach) + tilt));
    const far = reach * zoom;
    Plotly.relayout(stage, { "scene.camera.eye": {
      x: far * Math.cos(up) * Math.cos(around), y: far * Math.cos(up) * Math.sin(around), z: far * Math.sin(up),
    } });
  };
  for (const button of risk.querySelectorAll("button[data-move]")) {
    button.addEventListener("click", () => move(...button.dataset.move.split(" ").map(Number)));
  }

  choice.addEventListener("change", show);
  risk.classList.add("live");
  show().catch(() => risk.classList.remove("live"));
})();
