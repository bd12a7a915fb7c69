// Intervals with labels and what can be done to them; no page, no clock. An interval has start, end, label;
// intervals are in order of time and do not overlap.

export const SHORTEST = 0.05; // seconds; nearer to a boundary than this is at the boundary

const round = (time) => Math.round(time * 1000) / 1000;

/** Put a label from start to end over whatever was there; a label of null clears. */
export function painted(intervals, start, end, label) {
  const kept = intervals.flatMap((each) => [
    {...each, end: Math.min(each.end, start)},
    {...each, start: Math.max(each.start, end)},
  ]);
  const added = label === null ? [] : [{start, end, label}];
  return tidy([...kept, ...added]);
}

/** In order, without what is too short, equal neighbours joined. */
export function tidy(intervals) {
  const result = [];
  const rounded = intervals.map((each) => ({...each, start: round(each.start), end: round(each.end)}));
  for (const each of rounded.sort((a, b) => a.start - b.start)) {
    if (each.end - each.start < SHORTEST - 1e-9) continue;
    const last = result.at(-1);
    if (last && last.label === each.label && each.start - last.end < SHORTEST) last.end = each.end;
    else result.push(each);
  }
  return result;
}

/** All moments at which something begins or ends, with the beginning and the end of the recording. */
export function boundaries(intervals, seconds) {
  const all = [0, seconds, ...intervals.flatMap((each) => [each.start, each.end])];
  return [...new Set(all)].sort((a, b) => a - b);
}

/** The boundary that a moment means if it is very near to one, else the moment. */
export function snapped(intervals, seconds, time) {
  const near = boundaries(intervals, seconds).find((each) => Math.abs(each - time) < SHORTEST);
  return near ?? round(time);
}

export function nextBoundary(intervals, seconds, time) {
  return boundaries(intervals, seconds).find((each) => each > time + SHORTEST / 2) ?? seconds;
}

export function previousBoundary(intervals, seconds, time) {
  return boundaries(intervals, seconds).findLast((each) => each < time - SHORTEST / 2) ?? 0;
}

/** The interval that a moment is in. */
export function at(intervals, time) {
  return intervals.find((each) => each.start <= time + 1e-6 && time < each.end - 1e-6) ?? null;
}

/** A label from a moment to the next boundary. */
export function labelledFrom(intervals, seconds, time, label) {
  const start = snapped(intervals, seconds, time);
  const end = nextBoundary(intervals, seconds, start);
  return painted(intervals, start, end, label);
}

/** The interval at a moment, or else the next one, begins at that moment. */
export function begunAt(intervals, time) {
  const moved = at(intervals, time) ?? intervals.find((each) => each.start > time);
  return moved ? painted(without(intervals, moved), time, moved.end, moved.label) : intervals;
}

/** The interval at a moment, or else the one before it, ends at that moment. */
export function endedAt(intervals, time) {
  const moved = at(intervals, time) ?? intervals.findLast((each) => each.end <= time);
  return moved ? painted(without(intervals, moved), moved.start, time, moved.label) : intervals;
}

export function without(intervals, removed) {
  return intervals.filter((each) => each !== removed);
}

/** The model's labels wherever there is none. */
export function filled(intervals, guesses) {
  const own = intervals.reduce(
    (result, each) => painted(result, each.start, each.end, each.label),
    guesses.reduce((result, each) => painted(result, each.start, each.end, each.label), []),
  );
  return own;
}

export function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}
