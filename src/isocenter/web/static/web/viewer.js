// The plan viewer: three planes, isodoses, structures, the dose under the pointer, and the histogram, in step.
import { isolines } from "./isolines.js";
import { showPortals } from "./portals.js";

const root = document.querySelector(".viewer");
const LEVELS = [[107, "#ff2e63"], [100, "#ff7a00"], [95, "#ffd500"], [80, "#39d353"], [50, "#2bb8ff"], [30, "#7c7cff"]];
const KEPT_SLICES = 96;

const state = { about: null, index: {}, position: {}, window: 400, level: 40, levels: new Map(), hidden: new Set(), views: {}, beside: {}, second: { mode: "off", number: 1 } };
const slices = new Map();

const slug = (plane, index) => `${plane}/${index}`;

async function fetchSlice(plane, index) {
  const key = slug(plane, index);
  if (slices.has(key)) return slices.get(key);
  const promise = fetch(root.dataset.slices + key).then(async (response) => {
    if (!response.ok) throw new Error(`slice ${key}`);
    return unpack(await response.arrayBuffer());
  });
  promise.catch(() => slices.delete(key));
  slices.set(key, promise);
  if (slices.size > KEPT_SLICES) slices.delete(slices.keys().next().value);
  return promise;
}

function unpack(buffer) {
  const headerBytes = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, headerBytes)));
  let at = 4 + headerBytes;
  const take = (Kind, count) => {
    const part = new Kind(buffer, at, count);
    at += Math.ceil((count * Kind.BYTES_PER_ELEMENT) / 4) * 4;
    return part;
  };
  const image = take(Int16Array, header.rows * header.columns);
  const doses = header.doses.map((frame) => ({ frame, steps: take(Uint16Array, frame.rows * frame.columns) }));
  const points = take(Float32Array, 2 * header.outlines.reduce((sum, one) => sum + one[1], 0));
  let from = 0;
  const outlines = header.outlines.map(([number, count, closed]) => {
    const part = points.subarray(from, from + 2 * count);
    from += 2 * count;
    return { number, points: part, closed };
  });
  return { ...header, image, doses, outlines };
}

// Where millimeters of a plane lie on its canvas: the whole frame, centered, with square millimeters.
function layout(view) {
  const frame = state.about.planes[view.plane];
  const { canvas } = view;
  const ratio = window.devicePixelRatio || 1;
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const spanColumns = frame.column_spacing_mm * frame.columns;
  const spanRows = Math.abs(frame.row_spacing_mm) * frame.rows;
  const scale = Math.min(width / spanColumns, height / spanRows);
  const left = (width - spanColumns * scale) / 2;
  const top = (height - spanRows * scale) / 2;
  const down = Math.sign(frame.row_spacing_mm);
  const x0 = frame.column_first_mm - frame.column_spacing_mm / 2;
  const y0 = frame.row_first_mm - frame.row_spacing_mm / 2;
  return {
    ratio, scale, left, top, width: spanColumns * scale, height: spanRows * scale,
    x: (mm) => left + (mm - x0) * scale,
    y: (mm) => top + (mm - y0) * down * scale,
    columnMm: (x) => (x - left) / scale + x0,
    rowMm: (y) => ((y - top) / scale) * down + y0,
  };
}

function drawImage(view, slice, place) {
  const { rows, columns, image } = slice;
  const low = state.level - state.window / 2;
  const factor = 255 / state.window;
  const pixels = new ImageData(columns, rows);
  const words = new Uint32Array(pixels.data.buffer);
  for (let at = 0; at < image.length; at += 1) {
    const gray = Math.max(0, Math.min(255, (image[at] - low) * factor)) | 0;
    words[at] = 0xff000000 | (gray << 16) | (gray << 8) | gray;
  }
  view.sheet.width = columns;
  view.sheet.height = rows;
  view.sheet.getContext("2d").putImageData(pixels, 0, 0);
  const context = view.context;
  context.fillStyle = "#0a0f12";
  context.fillRect(0, 0, view.canvas.width, view.canvas.height);
  context.imageSmoothingEnabled = true;
  context.drawImage(view.sheet, place.left, place.top, place.width, place.height);
}

function drawDose(view, slice, place) {
  const reference = state.about.prescription_gy;
  const dose = slice.doses[view.isBeside ? state.second.number : 0];
  if (!dose || !reference) return;
  const { frame, steps } = dose;
  for (const [percent, color] of LEVELS) {
    if (!state.levels.get(percent)) continue;
    const threshold = (reference * percent) / 100 / state.about.step_gy;
    const path = new Path2D();
    const lines = isolines(steps, frame.columns, frame.rows, threshold);
    for (let at = 0; at < lines.length; at += 4) {
      path.moveTo(place.x(frame.column_first_mm + lines[at] * frame.column_spacing_mm), place.y(frame.row_first_mm + lines[at + 1] * frame.row_spacing_mm));
      path.lineTo(place.x(frame.column_first_mm + lines[at + 2] * frame.column_spacing_mm), place.y(frame.row_first_mm + lines[at + 3] * frame.row_spacing_mm));
    }
    view.context.strokeStyle = color;
    view.context.lineWidth = 1.3 * place.ratio;
    view.context.stroke(path);
  }
}

function drawStructures(view, slice, place) {
  for (const structure of state.about.structures) {
    if (state.hidden.has(structure.number)) continue;
    const path = new Path2D();
    const fill = new Path2D();
    for (const { number, points, closed } of slice.outlines) {
      if (number !== structure.number) continue;
      if (closed) {
        path.moveTo(place.x(points[0]), place.y(points[1]));
        for (let at = 2; at < points.length; at += 2) path.lineTo(place.x(points[at]), place.y(points[at + 1]));
        path.closePath();
      } else {
        // A box of a chord: its sides are the structure's edge, its top and bottom are not.
        const [left, low, right, , , high] = points;
        path.moveTo(place.x(left), place.y(low));
        path.lineTo(place.x(left), place.y(high));
        path.moveTo(place.x(right), place.y(low));
        path.lineTo(place.x(right), place.y(high));
        fill.rect(place.x(left), place.y(high), place.x(right) - place.x(left), place.y(low) - place.y(high));
      }
    }
    view.context.strokeStyle = structure.color;
    view.context.lineWidth = 1.6 * place.ratio;
    view.context.stroke(path);
    view.context.globalAlpha = 0.13;
    view.context.fillStyle = structure.color;
    view.context.fill(fill);
    view.context.globalAlpha = 1;
  }
}

const CROSS = { axial: ["sagittal", "coronal"], coronal: ["sagittal", "axial"], sagittal: ["coronal", "axial"] };

function drawCross(view, place) {
  const [across, down] = CROSS[view.plane];
  const x = place.x(state.about.planes[across].positions_mm[state.index[across]]);
  const y = place.y(state.about.planes[down].positions_mm[state.index[down]]);
  view.context.strokeStyle = "rgba(255,255,255,.35)";
  view.context.lineWidth = place.ratio;
  view.context.beginPath();
  view.context.moveTo(x, place.top);
  view.context.lineTo(x, place.top + place.height);
  view.context.moveTo(place.left, y);
  view.context.lineTo(place.left + place.width, y);
  view.context.stroke();
}

// The reviewed plan's dose less the second one's, at the first one's grid: red where it is higher, blue where lower.
function drawDifference(view, slice, place) {
  const [first, second] = [slice.doses[0], slice.doses[state.second.number]];
  if (!first || !second) return;
  const { frame } = first;
  const sheet = view.wash;
  sheet.width = frame.columns;
  sheet.height = frame.rows;
  const pixels = new ImageData(frame.columns, frame.rows);
  const full = differenceGy() / state.about.step_gy;
  for (let row = 0; row < frame.rows; row += 1) {
    const rowMm = frame.row_first_mm + row * frame.row_spacing_mm;
    for (let column = 0; column < frame.columns; column += 1) {
      const other = valueAt(second.frame, second.steps, frame.column_first_mm + column * frame.column_spacing_mm, rowMm);
      if (other === null) continue;
      const share = Math.max(-1, Math.min(1, (first.steps[row * frame.columns + column] - other) / full));
      const at = 4 * (row * frame.columns + column);
      pixels.data.set(share > 0 ? [255, 60, 40] : [40, 120, 255], at);
      pixels.data[at + 3] = Math.abs(share) < 0.02 ? 0 : 60 + 140 * Math.abs(share);
    }
  }
  sheet.getContext("2d").putImageData(pixels, 0, 0);
  const left = place.x(frame.column_first_mm - frame.column_spacing_mm / 2);
  const top = place.y(frame.row_first_mm - frame.row_spacing_mm / 2);
  view.context.drawImage(sheet, left, top, frame.columns * frame.column_spacing_mm * place.scale, frame.rows * Math.abs(frame.row_spacing_mm) * place.scale);
}

// The difference that has the full color.
const differenceGy = () => (state.about.prescription_gy || 50) * 0.3;

async function draw(plane) {
  const view = state.views[plane];
  const index = state.index[plane];
  const slice = await fetchSlice(plane, index);
  if (state.index[plane] !== index) return; // a later one was asked for meanwhile
  const { mode } = state.second;
  for (const one of mode === "beside" ? [view, state.beside[plane]] : [view]) {
    one.slice = slice;
    one.place = layout(one);
    drawImage(one, slice, one.place);
    if (mode === "difference") drawDifference(one, slice, one.place);
    else drawDose(one, slice, one.place);
    drawStructures(one, slice, one.place);
    drawCross(one, one.place);
  }
  view.output.textContent = `${slice.position_mm.toFixed(1)} mm`;
  view.range.value = String(index);
  root.dataset[`drawn${plane}`] = String(index);
}

const drawAll = () => Promise.all(Object.keys(state.views).map(draw));

function scroll(plane, step) {
  const last = state.about.planes[plane].positions_mm.length - 1;
  const index = Math.max(0, Math.min(last, state.index[plane] + step));
  if (index === state.index[plane]) return;
  state.index[plane] = index;
  drawAll();
  readAhead(plane, Math.sign(step), 2 * Math.sign(step), 3 * Math.sign(step));
}

// Slices that are likely to be asked for next, so that they are here by then.
function readAhead(plane, ...steps) {
  const last = state.about.planes[plane].positions_mm.length - 1;
  for (const index of steps.map((step) => state.index[plane] + step)) {
    if (index >= 0 && index <= last) fetchSlice(plane, index).catch(() => {});
  }
}

const nearest = (positions, mm) => positions.reduce((best, one, at) => (Math.abs(one - mm) < Math.abs(positions[best] - mm) ? at : best), 0);

function goTo([x, y, z]) {
  const { planes } = state.about;
  state.index.sagittal = nearest(planes.sagittal.positions_mm, x);
  state.index.coronal = nearest(planes.coronal.positions_mm, y);
  state.index.axial = nearest(planes.axial.positions_mm, z);
  drawAll();
}

function valueAt(frame, values, columnMm, rowMm) {
  const column = Math.round((columnMm - frame.column_first_mm) / frame.column_spacing_mm);
  const row = Math.round((rowMm - frame.row_first_mm) / frame.row_spacing_mm);
  if (column < 0 || row < 0 || column >= frame.columns || row >= frame.rows) return null;
  return values[row * frame.columns + column];
}

function point(view, event) {
  if (!view.place || !view.slice) return;
  const box = view.canvas.getBoundingClientRect();
  const columnMm = view.place.columnMm((event.clientX - box.left) * view.place.ratio);
  const rowMm = view.place.rowMm((event.clientY - box.top) * view.place.ratio);
  view.pointed = [columnMm, rowMm];
  const hu = valueAt(state.about.planes[view.plane], view.slice.image, columnMm, rowMm);
  const said = [];
  const gyOf = (dose) => {
    const steps = dose ? valueAt(dose.frame, dose.steps, columnMm, rowMm) : null;
    return steps === null ? null : steps * state.about.step_gy;
  };
  const { doses } = view.slice;
  if (doses.length) {
    const gy = gyOf(doses[0]);
    const share = gy !== null && state.about.prescription_gy ? ` (${((gy / state.about.prescription_gy) * 100).toFixed(1)} %)` : "";
    said.push(gy === null ? "outside the dose grid" : `${gy.toFixed(2)} Gy${share}`);
    const other = state.second.mode === "off" ? null : gyOf(doses[state.second.number]);
    if (other !== null) said.push(`second plan ${other.toFixed(2)} Gy`);
    if (other !== null && gy !== null) said.push(`difference ${(gy - other).toFixed(2)} Gy`);
  }
  if (hu !== null && state.about.has_ct) said.push(`${hu} HU`);
  root.querySelector("[data-pointer]").textContent = said.join(", ");
}

function center(view) {
  if (!view.pointed) return;
  const [columnMm, rowMm] = view.pointed;
  const fixed = state.about.planes[view.plane].positions_mm[state.index[view.plane]];
  const at = { axial: [columnMm, rowMm, fixed], coronal: [columnMm, fixed, rowMm], sagittal: [fixed, columnMm, rowMm] };
  goTo(at[view.plane]);
}

function setWindow(width, level) {
  state.window = Math.max(1, Math.round(width));
  state.level = Math.round(level);
  root.querySelector("[data-window]").value = state.window;
  root.querySelector("[data-level]").value = state.level;
  drawAll();
}

function listen(view) {
  const { canvas, plane } = view;
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    scroll(plane, Math.sign(event.deltaY));
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const steps = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -1e6, End: 1e6 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    scroll(plane, steps[event.key]);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (view.drag) {
      if (view.drag.windowing) setWindow(view.drag.window + (event.clientX - view.drag.x) * 4, view.drag.level - (event.clientY - view.drag.y) * 3);
      else {
        const steps = Math.trunc((event.clientY - view.drag.y) / 6);
        if (steps !== view.drag.steps) scroll(plane, steps - view.drag.steps);
        if (steps !== 0) view.drag.moved = true;
        view.drag.steps = steps;
      }
    } else point(view, event);
  });
  canvas.addEventListener("pointerdown", (event) => {
    point(view, event);
    view.drag = { x: event.clientX, y: event.clientY, windowing: event.button === 2 || event.shiftKey, window: state.window, level: state.level, steps: 0, moved: false };
    canvas.setPointerCapture(event.pointerId);
    canvas.focus();
  });
  canvas.addEventListener("pointerup", () => {
    if (view.drag && !view.drag.moved && !view.drag.windowing) center(view);
    view.drag = null;
  });
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  view.range?.addEventListener("input", () => {
    state.index[plane] = Number(view.range.value);
    drawAll();
  });
}

function tick(container, label, color, checked, onChange) {
  const line = document.createElement("label");
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = checked;
  box.addEventListener("change", () => onChange(box.checked));
  // A color is set on a canvas: the page allows no style of an element.
  const swatch = document.createElement("canvas");
  swatch.className = "swatch";
  swatch.width = swatch.height = 14;
  const context = swatch.getContext("2d");
  context.fillStyle = color;
  context.fillRect(0, 0, 14, 14);
  line.append(box, swatch, document.createTextNode(label));
  container.append(line);
}

function fillControls() {
  const { about } = state;
  const levels = root.querySelector("[data-levels]");
  for (const [percent, color] of LEVELS) {
    state.levels.set(percent, true);
    const gy = about.prescription_gy ? `, ${((about.prescription_gy * percent) / 100).toFixed(1)} Gy` : "";
    tick(levels, `${percent} %${gy}`, color, true, (on) => {
      state.levels.set(percent, on);
      drawAll();
    });
  }
  const structures = root.querySelector("[data-structures]");
  for (const one of about.structures) {
    const isOutline = /^(body|external|skin|couch)/i.test(one.name);
    if (isOutline) state.hidden.add(one.number);
    const volume = one.volume ? `, ${one.volume}` : "";
    tick(structures, `${one.name}${volume}`, one.color, !isOutline, (on) => {
      if (on) state.hidden.delete(one.number);
      else state.hidden.add(one.number);
      drawAll();
      drawDvh();
    });
  }
  const closest = root.querySelector("[data-closest]");
  for (const pair of about.closest) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `${pair.structure} to ${pair.target}: ${pair.distance}`;
    button.addEventListener("click", () => goTo(pair.point_mm));
    item.append(button);
    closest.append(item);
  }
  const constraints = root.querySelector("[data-constraints]");
  for (const one of about.constraints) {
    const item = document.createElement("li");
    item.textContent = one.words;
    constraints.append(item);
  }
  constraints.closest("fieldset").hidden = !about.constraints.length;
}

const dvh = { canvas: root.querySelector(".dvh canvas"), pointedGy: null };
const colorOf = (number) => state.about.structures.find((one) => one.number === number)?.color ?? "#888";

function drawDvh() {
  const { canvas } = dvh;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(canvas.clientWidth * ratio);
  canvas.height = Math.round(canvas.clientHeight * ratio);
  const context = canvas.getContext("2d");
  const style = getComputedStyle(document.body);
  const curves = state.about.curves.filter((one) => !state.hidden.has(one.number));
  const mostGy = Math.max(1, ...[...state.about.curves, ...secondCurves()].map((one) => one.dose_gy[one.dose_gy.length - 1] ?? 0));
  const edge = 34 * ratio;
  const x = (gy) => edge + (gy / mostGy) * (canvas.width - edge - 8 * ratio);
  const y = (percent) => canvas.height - edge - (percent / 100) * (canvas.height - edge - 8 * ratio);
  dvh.toGy = (pixel) => ((pixel * ratio - edge) / (canvas.width - edge - 8 * ratio)) * mostGy;
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.strokeStyle = context.fillStyle = style.getPropertyValue("--soft") || "#667";
  context.font = `${10 * ratio}px system-ui, sans-serif`;
  context.lineWidth = ratio;
  for (let percent = 0; percent <= 100; percent += 20) {
    context.globalAlpha = 0.25;
    context.beginPath();
    context.moveTo(x(0), y(percent));
    context.lineTo(x(mostGy), y(percent));
    context.stroke();
    context.globalAlpha = 1;
    context.fillText(`${percent}`, 6 * ratio, y(percent) + 3 * ratio);
  }
  const stepGy = [1, 2, 5, 10, 20, 50].find((step) => mostGy / step <= 8) ?? 100;
  for (let gy = 0; gy <= mostGy; gy += stepGy) context.fillText(`${gy} Gy`, x(gy) - 8 * ratio, canvas.height - 14 * ratio);
  const second = secondCurves();
  for (const curve of [...curves, ...second]) {
    context.strokeStyle = colorOf(curve.number);
    context.lineWidth = 1.7 * ratio;
    context.setLineDash(second.includes(curve) ? [5 * ratio, 4 * ratio] : []);
    context.beginPath();
    curve.dose_gy.forEach((gy, at) => (at ? context.lineTo(x(gy), y(curve.volume_percent[at])) : context.moveTo(x(gy), y(curve.volume_percent[at]))));
    context.stroke();
  }
  context.setLineDash([]);
  for (const mark of marks(curves)) {
    context.fillStyle = context.strokeStyle = colorOf(mark.number);
    context.lineWidth = 2 * ratio;
    context.strokeRect(x(mark.gy) - 4 * ratio, y(mark.percent) - 4 * ratio, 8 * ratio, 8 * ratio);
  }
  if (dvh.pointedGy !== null) {
    context.strokeStyle = style.getPropertyValue("--ink");
    context.lineWidth = ratio;
    context.beginPath();
    context.moveTo(x(dvh.pointedGy), y(0));
    context.lineTo(x(dvh.pointedGy), y(100));
    context.stroke();
  }
}

// The second plan's curves, dashed, while it is shown.
function secondCurves() {
  const other = state.second.mode === "off" ? null : state.about.others?.[state.second.number - 1];
  return other ? other.curves.filter((one) => !state.hidden.has(one.number)) : [];
}

// A constraint's place on the histogram: of D2% its limit at 2 %, of V20Gy its limit at 20 Gy, of the others none.
function marks(curves) {
  const found = [];
  for (const one of state.about.constraints) {
    const curve = curves.find((each) => each.name === one.structure);
    if (!curve) continue;
    const dose = /^D([\d.]+)(%|cc)$/.exec(one.metric);
    const volume = /^V([\d.]+)Gy$/.exec(one.metric);
    const asPercent = (value, unit) => (unit === "%" ? value : (value * 100) / curve.volume_cc);
    if (dose && one.unit === "Gy") found.push({ number: curve.number, gy: one.limit, percent: asPercent(Number(dose[1]), dose[2]) });
    if (volume) found.push({ number: curve.number, gy: Number(volume[1]), percent: asPercent(one.limit, one.unit) });
    if (/^d?max$/i.test(one.metric)) found.push({ number: curve.number, gy: one.limit, percent: 0 });
  }
  return found;
}

function volumeAt(curve, gy) {
  const at = curve.dose_gy.findIndex((one) => one >= gy);
  if (at < 0) return 0;
  if (at === 0) return curve.volume_percent[0];
  const share = (gy - curve.dose_gy[at - 1]) / (curve.dose_gy[at] - curve.dose_gy[at - 1] || 1);
  return curve.volume_percent[at - 1] * (1 - share) + curve.volume_percent[at] * share;
}

dvh.canvas.addEventListener("pointermove", (event) => {
  if (!dvh.toGy) return;
  dvh.pointedGy = Math.max(0, dvh.toGy(event.clientX - dvh.canvas.getBoundingClientRect().left));
  const said = state.about.curves
    .filter((one) => !state.hidden.has(one.number))
    .map((one) => {
      const other = secondCurves().find((each) => each.number === one.number);
      return `${one.name} ${volumeAt(one, dvh.pointedGy).toFixed(1)} %${other ? ` (second plan ${volumeAt(other, dvh.pointedGy).toFixed(1)} %)` : ""}`;
    });
  root.querySelector("[data-dvh-values]").textContent = `${dvh.pointedGy.toFixed(1)} Gy: ${said.join(", ")}`;
  drawDvh();
});

function showSecond() {
  const { mode, number } = state.second;
  const { label } = state.about.others[number - 1];
  for (const view of Object.values(state.beside)) {
    view.canvas.closest("figure").hidden = mode !== "beside";
    view.canvas.closest("figure").querySelector("[data-second-label]").textContent = label;
  }
  const says = root.querySelector("[data-difference-says]");
  says.hidden = mode !== "difference";
  says.textContent = `Red: ${state.about.label || "the reviewed plan"} is higher; blue: ${label} is higher. Full color from ${differenceGy().toFixed(1)} Gy.`;
  root.dataset.second = mode;
  drawAll();
  drawDvh();
}

function offerSecond() {
  const others = state.about.others ?? [];
  if (!others.length) return;
  root.querySelector("[data-second]").hidden = false;
  const chosen = root.querySelector("[data-second-plan]");
  others.forEach(({ label }, at) => chosen.add(new Option(label || `Plan ${at + 2}`, String(at + 1))));
  chosen.addEventListener("change", () => {
    state.second.number = Number(chosen.value);
    showSecond();
  });
  for (const button of root.querySelectorAll("[name=second]")) {
    button.addEventListener("change", () => {
      state.second.mode = button.value;
      showSecond();
    });
  }
  for (const figure of root.querySelectorAll("[data-beside]")) {
    const canvas = figure.querySelector("canvas");
    const view = { plane: figure.dataset.beside, isBeside: true, canvas, context: canvas.getContext("2d"), sheet: document.createElement("canvas") };
    state.beside[view.plane] = view;
    listen(view);
  }
}

async function begin() {
  state.about = await (await fetch(root.dataset.about)).json();
  for (const figure of root.querySelectorAll("[data-plane]")) {
    const { plane } = figure.dataset;
    const canvas = figure.querySelector("canvas");
    const view = { plane, canvas, context: canvas.getContext("2d"), sheet: document.createElement("canvas"), wash: document.createElement("canvas"), range: figure.querySelector("input"), output: figure.querySelector("output") };
    const count = state.about.planes[plane].positions_mm.length;
    view.range.max = String(count - 1);
    state.index[plane] = Math.floor(count / 2);
    state.views[plane] = view;
    listen(view);
  }
  const [first] = state.about.closest;
  fillControls();
  offerSecond();
  if (first) goTo(first.point_mm);
  await drawAll();
  drawDvh();
  root.dataset.ready = "yes";
  for (const plane of Object.keys(state.views)) readAhead(plane, 1, -1);
  await showPortals(root);
}

for (const name of ["window", "level"]) {
  root.querySelector(`[data-${name}]`).addEventListener("change", () => {
    setWindow(Number(root.querySelector("[data-window]").value), Number(root.querySelector("[data-level]").value));
  });
}
for (const button of root.querySelectorAll("[data-preset]")) {
  button.addEventListener("click", () => setWindow(...button.dataset.preset.split(" ").map(Number)));
}
new ResizeObserver(() => {
  if (root.dataset.ready) {
    drawAll();
    drawDvh();
  }
}).observe(root);
begin();
