// Portals in beam's-eye view: jaws, what the leaves leave open, and the target as the field sees it.

const COLORS = { ground: "#2b3236", closed: "#59636a", open: "#f4f4f0", jaws: "#ffe14d", target: "#d6249f", axis: "#e03131" };

/** Fill the viewer's figure of portals, and draw as its field and control point are chosen. */
export async function showPortals(root) {
  const figure = root.querySelector(".portals");
  const response = await fetch(`${root.dataset.slices}portals`);
  const plans = response.ok ? await response.json() : [];
  const portals = plans.flatMap(({ label, portals: found }) => found.map((one) => ({ ...one, plan: label })));
  figure.hidden = !portals.length;
  if (!portals.length) return;
  const [choice, range, says] = ["[data-portal]", "[data-control-point]", "[data-portal-says]"].map((each) => figure.querySelector(each));
  const canvas = figure.querySelector("canvas");
  portals.forEach((one, at) => choice.add(new Option(`${plans.length > 1 ? `${one.plan}: ` : ""}${one.number} ${one.name}`, String(at))));
  const draw = () => {
    const portal = portals[Number(choice.value)];
    const place = Math.min(Number(range.value), portal.points.length - 1);
    const point = portal.points[place];
    paint(canvas, portal, point);
    const units = portal.monitor_units === null ? "" : `, ${portal.monitor_units.toFixed(1)} MU in all`;
    says.textContent = `${place + 1} of ${portal.points.length}: gantry ${point.gantry_deg}°, collimator ${point.collimator_deg}°, couch ${point.couch_deg}°${units}`;
    figure.dataset.drawn = `${choice.value}/${place}`;
  };
  const choose = () => {
    const { points } = portals[Number(choice.value)];
    range.max = String(points.length - 1);
    range.value = String(widest(points));
    draw();
  };
  choice.addEventListener("change", choose);
  range.addEventListener("input", draw);
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    range.value = String(Number(range.value) + step);
    draw();
  });
  new ResizeObserver(draw).observe(canvas);
  choose();
}

// The control point that leaves most open: the first one of a field is often closed.
function widest(points) {
  const areas = points.map(({ open_mm: open }) => {
    let area = 0;
    for (let at = 0; at < open.length; at += 4) area += (open[at + 2] - open[at]) * (open[at + 3] - open[at + 1]);
    return area;
  });
  return areas.indexOf(Math.max(...areas));
}

function paint(canvas, portal, point) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(canvas.clientWidth * ratio);
  canvas.height = Math.round(canvas.clientHeight * ratio);
  const context = canvas.getContext("2d");
  const halfMm = Math.max(...portal.points.flatMap((one) => one.jaws_mm.map(Math.abs))) + 10;
  const scale = Math.min(canvas.width, canvas.height) / (2 * halfMm);
  const x = (mm) => canvas.width / 2 + mm * scale;
  const y = (mm) => canvas.height / 2 - mm * scale;
  const box = (left, low, right, high) => [x(left), y(high), (right - left) * scale, (high - low) * scale];
  context.fillStyle = COLORS.ground;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = COLORS.closed;
  context.fillRect(...box(...point.jaws_mm));
  context.fillStyle = COLORS.open;
  for (let at = 0; at < point.open_mm.length; at += 4) context.fillRect(...box(...point.open_mm.slice(at, at + 4)));
  context.lineWidth = 2 * ratio;
  context.strokeStyle = COLORS.jaws;
  context.strokeRect(...box(...point.jaws_mm));
  context.strokeStyle = COLORS.target;
  for (const line of portal.target_mm[point.view] ?? []) {
    context.beginPath();
    for (let at = 0; at < line.length; at += 2) context.lineTo(x(line[at]), y(line[at + 1]));
    context.stroke();
  }
  context.strokeStyle = COLORS.axis;
  context.beginPath();
  context.moveTo(x(-6), y(0));
  context.lineTo(x(6), y(0));
  context.moveTo(x(0), y(-6));
  context.lineTo(x(0), y(6));
  context.stroke();
}
