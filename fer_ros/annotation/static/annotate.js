// The page: plays the film, turns keys into changes of the labels, and saves after each of them.

import * as labelling from './labelling.js';
import {Timeline} from './timeline.js';

const find = (id) => document.getElementById(id);
const film = find('film');
const timeline = new Timeline(find('timeline'), (time) => seek(time));
const RATES = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2];
const PICTURE = 1 / 25, RETRY_MS = 1500, POLL_MS = 400;

let session = null;
let intervals = [];
let undo = [], redo = [];
let colours = {};
let unsaved = false, saving = false, refused = false;
let version = 0;
const rows = [];

async function load() {
  const answer = await fetch('session');
  session = await answer.json();
  find('name').textContent = session.name;
  document.title = `${session.name} – labels`;
  if (session.error) {
    find('waiting').hidden = true;
    problem(session.error);
  } else if (session.ready) {
    begin();
  } else {
    find('progress').value = session.progress;
    find('percent').textContent = `${Math.round(100 * session.progress)} %`;
    setTimeout(load, POLL_MS);
  }
}

function begin() {
  ({intervals, version} = session);
  colours = Object.fromEntries(session.labels.map(([label, ...pair]) => [label, pair]));
  timeline.show(session, colours);
  find('waiting').hidden = true;
  find('work').hidden = false;
  film.classList.toggle('sound', !session.has_pictures);
  film.src = 'film';
  session.labels.forEach(([label, hue, onHue], number) => {
    find('keys').append(keyButton(String(number + 1), label, hue, onHue, label));
  });
  find('keys').append(keyButton('0', 'no label', '', '', null));
  find('saved').textContent = intervals.length ? `${session.file} read` : `will be saved in ${session.file}`;
  document.addEventListener('keydown', onKey);
  window.addEventListener('beforeunload', (event) => { if (unsaved) event.preventDefault(); });
  list();
  requestAnimationFrame(frame);
}

function keyButton(key, text, hue, onHue, label) {
  const button = document.createElement('button');
  const kbd = document.createElement('kbd');
  kbd.textContent = key;
  button.append(kbd, ` ${text}`);
  button.style.background = hue;
  button.style.color = onHue;
  button.dataset.label = label ?? '';
  button.addEventListener('click', () => { labelHere(label); button.blur(); });
  return button;
}

// what is shown at each moment

const now = () => Math.min(film.currentTime, session.seconds);

function frame() {
  const time = now();
  const here = labelling.at(intervals, time), guess = labelling.at(session.guesses, time);
  say(find('label'), here);
  say(find('guess'), guess, guess ? ` ${Math.round(100 * guess.confidence)} %` : '');
  find('clock').textContent = `${time.toFixed(2)} s of ${session.seconds.toFixed(1)} s`;
  for (const button of find('keys').children) {
    button.setAttribute('aria-pressed', String(button.dataset.label === (here?.label ?? '')));
  }
  timeline.draw(intervals, time);
  requestAnimationFrame(frame);
}

function say(element, what, more = '') {
  element.textContent = what ? what.label + more : '–';
  [element.style.background, element.style.color] = what ? colours[what.label] : ['', ''];
}

function seek(time) {
  film.currentTime = Math.min(Math.max(time, 0), session.seconds);
}

// changes

function change(changed) {
  const tidied = labelling.tidy(changed);
  if (labelling.same(tidied, intervals)) return;
  undo.push(intervals);
  redo = [];
  use(tidied);
}

function use(changed) {
  intervals = changed;
  list();
  unsaved = true;
  save();
}

function step(from, to) {
  if (!from.length) return;
  to.push(intervals);
  use(from.pop());
}

function labelHere(label) {
  change(labelling.labelledFrom(intervals, session.seconds, now(), label));
}

async function save() {
  if (saving || refused) return;
  saving = true;
  while (unsaved && !refused) {
    unsaved = false;
    find('saved').textContent = 'saving …';
    try {
      const answer = await fetch('labels', {
        method: 'PUT',
        headers: {'Content-Type': 'application/json'},
        body: JSON.stringify({version, intervals}),
      });
      const content = await answer.json();
      if (answer.ok) {
        ({version} = content);
        problem('');
        find('saved').textContent = `saved in ${session.file}`;
      } else {
        unsaved = true;
        refused = answer.status === 409;
        find('saved').textContent = 'NOT saved';
        problem(`Not saved: ${content.error}`);
        if (!refused) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    } catch {
      unsaved = true;
      find('saved').textContent = 'NOT saved';
      problem('Not saved: fer-ros does not answer. Is it still running?');
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
  saving = false;
}

function problem(text) {
  find('problem').textContent = text;
  find('problem').hidden = !text;
}

// the list

function list() {
  const labelled = intervals.reduce((sum, each) => sum + Math.min(each.end, session.seconds) - each.start, 0);
  find('share').textContent = `${Math.round(100 * labelled / session.seconds)} % labelled`;
  find('none').hidden = intervals.length > 0;
  // rows stay where they are, so that whoever goes from field to field keeps the focus
  while (rows.length > intervals.length) rows.pop().line.remove();
  while (rows.length < intervals.length) rows.push(new Row(rows.length));
  rows.forEach((row) => row.show());
}

class Row {
  constructor(number) {
    this.number = number;
    this.line = find('rows').insertRow();
    this.inputs = ['start', 'end'].map((side) => this.input(side));
    this.select = document.createElement('select');
    this.select.setAttribute('aria-label', `label ${number + 1}`);
    this.select.append(...session.labels.map(([label]) => new Option(label, label)));
    this.select.addEventListener('change', () => this.edit({label: this.select.value}));
    this.line.insertCell().append(this.select);
    this.line.insertCell().append(
      this.button('play', () => { seek(this.interval.start); film.play(); }),
      this.button('remove', () => change(labelling.without(intervals, this.interval))),
    );
  }

  get interval() { return intervals[this.number]; }

  input(side) {
    const input = document.createElement('input');
    Object.assign(input, {type: 'number', step: '0.05', min: '0', max: String(session.seconds)});
    input.setAttribute('aria-label', `${side} of label ${this.number + 1}`);
    input.addEventListener('change', () => {
      const time = Math.min(Math.max(Number(input.value), 0), session.seconds);
      if (input.value !== '') this.edit({[side]: time});
      this.show();
    });
    this.line.insertCell().append(input);
    return input;
  }

  button(text, act) {
    const made = document.createElement('button');
    made.textContent = text;
    made.setAttribute('aria-label', `${text} label ${this.number + 1}`);
    made.addEventListener('click', act);
    return made;
  }

  edit(changes) {
    const changed = {...this.interval, ...changes};
    if (changed.end - changed.start < labelling.SHORTEST) return;
    const rest = labelling.without(intervals, this.interval);
    change(labelling.painted(rest, changed.start, changed.end, changed.label));
  }

  show() {
    const {start, end, label} = this.interval;
    [this.inputs[0].value, this.inputs[1].value, this.select.value] = [start, end, label];
  }
}

// keys

const KEYS = {
  ' ': () => (film.paused ? film.play() : film.pause()),
  ArrowLeft: (event) => seek(now() - (event.shiftKey ? 5 : 1)),
  ArrowRight: (event) => seek(now() + (event.shiftKey ? 5 : 1)),
  Home: () => seek(0),
  End: () => seek(session.seconds),
  ',': () => { film.pause(); seek(now() - PICTURE); },
  '.': () => { film.pause(); seek(now() + PICTURE); },
  n: () => seek(labelling.nextBoundary(intervals, session.seconds, now())),
  p: () => seek(labelling.previousBoundary(intervals, session.seconds, now())),
  '[': () => change(labelling.begunAt(intervals, now())),
  ']': () => change(labelling.endedAt(intervals, now())),
  Delete: () => change(labelling.without(intervals, labelling.at(intervals, now()))),
  Backspace: () => KEYS.Delete(),
  g: () => {
    const guess = labelling.at(session.guesses, now());
    if (guess) change(labelling.painted(intervals, guess.start, guess.end, guess.label));
  },
  G: () => change(labelling.filled(intervals, session.guesses)),
  u: () => step(undo, redo),
  r: () => step(redo, undo),
  '+': () => timeline.zoomBy(1.5),
  '-': () => timeline.zoomBy(1 / 1.5),
  '<': () => rate(-1),
  '>': () => rate(1),
};

function rate(direction) {
  const place = RATES.indexOf(film.playbackRate) + direction;
  film.playbackRate = RATES[Math.min(Math.max(place, 0), RATES.length - 1)];
  find('rate').textContent = film.playbackRate === 1 ? '' : `(${film.playbackRate} ×)`;
}

function onKey(event) {
  const inField = event.target.closest('input, select');
  if (inField && event.key === 'Escape') inField.blur();
  if (inField || event.altKey) return;
  if (event.ctrlKey || event.metaKey) {
    if (event.key.toLowerCase() !== 'z') return;
    event.preventDefault();
    if (event.shiftKey) step(redo, undo);
    else step(undo, redo);
    return;
  }
  const number = Number.parseInt(event.key, 10);
  const isNumber = /^[0-9]$/.test(event.key) && number <= session.labels.length;
  const onButton = event.target.closest('button') && (event.key === ' ' || event.key === 'Enter');
  if (onButton || !(isNumber || event.key in KEYS)) return;
  event.preventDefault();
  if (isNumber) labelHere(number ? session.labels[number - 1][0] : null);
  else KEYS[event.key](event);
}

load().catch(() => problem('fer-ros does not answer. Is it still running?'));
