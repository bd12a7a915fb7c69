// Draws the labels, the model's labels and the loudness over time, around the present moment.

const ROW = 34, THIN = 16, SOUND = 40, SPACE = 6, AXIS = 18;
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800];

export class Timeline {
  constructor(canvas, onSeek) {
    this.canvas = canvas;
    this.zoom = 1;
    this.from = 0;
    const seek = (event) => onSeek(this.from + (event.offsetX / canvas.clientWidth) * this.span);
    canvas.addEventListener('pointerdown', (event) => {
      canvas.setPointerCapture(event.pointerId);
      seek(event);
    });
    canvas.addEventListener('pointermove', (event) => { if (event.buttons) seek(event); });
  }

  show(session, colours) {
    this.session = session;
    this.colours = colours;
  }

  get span() { return this.session.seconds / this.zoom; }

  zoomBy(factor) {
    this.zoom = Math.min(Math.max(this.zoom * factor, 1), Math.max(1, this.session.seconds / 2));
  }

  draw(intervals, time) {
    const {canvas, session} = this;
    const height = AXIS + ROW + THIN + SOUND + 3 * SPACE;
    const width = canvas.clientWidth, ratio = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.height = `${height}px`;
    }
    const context = canvas.getContext('2d');
    const style = getComputedStyle(canvas);
    const soft = style.getPropertyValue('--soft'), ink = style.color, fill = style.getPropertyValue('--fill');
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.textBaseline = 'middle';
    if (time < this.from || time > this.from + this.span * 0.9) this.from = time - this.span * 0.15;
    this.from = Math.min(Math.max(this.from, 0), session.seconds - this.span);
    const x = (moment) => ((moment - this.from) / this.span) * width;

    const step = STEPS.find((each) => (each / this.span) * width >= 64) ?? 3600;
    context.font = `11px ${style.fontFamily}`;
    for (let n = Math.ceil(this.from / step); n * step <= this.from + this.span; n += 1) {
      context.fillStyle = fill;
      context.fillRect(x(n * step), 0, 1, height);
      context.fillStyle = soft;
      context.fillText(`${Number((n * step).toFixed(1))} s`, x(n * step) + 3, 8);
    }
    let y = AXIS;
    const band = (each, high, size) => {
      const left = x(each.start), right = x(each.end);
      if (right < 0 || left > width) return;
      const [hue, onHue] = this.colours[each.label] ?? ['#b0b4b8', '#14171a'];
      context.fillStyle = hue;
      context.fillRect(left, y, Math.max(1, right - left - 1), high);
      context.font = `${size}px ${style.fontFamily}`;
      if (context.measureText(each.label).width + 8 < right - left) {
        context.fillStyle = onHue;
        context.fillText(each.label, Math.max(left, 0) + 4, y + high / 2);
      }
    };
    context.fillStyle = fill;
    context.fillRect(0, y, width, ROW);
    for (const each of intervals) band(each, ROW, 13);
    y += ROW + SPACE;
    for (const each of session.guesses) band(each, THIN, 10);
    y += THIN + SPACE;
    context.fillStyle = soft;
    for (const [moment, level] of session.levels) {
      const high = SOUND * Math.max(0, 1 + level / 80);
      const left = x(moment);
      if (left > -4 && left < width) context.fillRect(left, y + SOUND - high, Math.max(1, width / session.levels.length / 1.3 * this.zoom), high);
    }
    context.fillStyle = ink;
    context.fillRect(x(time) - 1, 0, 2, height);
  }
}
