'use strict';
// Timelines: the moment under the pointer, in words. Tables: sort and find. All of it also works without.

for (const timeline of document.querySelectorAll('.timeline')) {
  const scroll = timeline.querySelector('.scroll');
  const svg = scroll.querySelector('svg');
  const cursor = svg.querySelector('.cursor');
  const readout = timeline.querySelector('.readout');
  const scale = Number(scroll.dataset.scale);
  const width = svg.viewBox.baseVal.width;
  const rows = [...svg.querySelectorAll('.row')].map((row) => ({
    name: row.dataset.row,
    bands: [...row.querySelectorAll('.band')].map((band) => ({
      start: Number(band.dataset.start), end: Number(band.dataset.end), label: band.dataset.label,
    })),
  })).filter((row) => row.bands.length);
  let time = 0;

  const show = (moment) => {
    time = Math.min(Math.max(moment, 0), width / scale);
    cursor.removeAttribute('hidden');
    cursor.setAttribute('x1', time * scale);
    cursor.setAttribute('x2', time * scale);
    const said = rows.map((row) => {
      const band = row.bands.find((each) => each.start <= time && time < each.end);
      return `${row.name}: ${band ? band.label : '–'}`;
    });
    readout.textContent = [`${time.toFixed(1)} s`, ...said].join('  ·  ');
  };
  svg.addEventListener('pointermove', (event) => {
    show((event.clientX - svg.getBoundingClientRect().left) / scale);
  });
  scroll.addEventListener('keydown', (event) => {
    const steps = {ArrowLeft: -0.5, ArrowRight: 0.5, PageUp: -10, PageDown: 10};
    if (!(event.key in steps)) return;
    event.preventDefault();
    show(time + steps[event.key]);
    scroll.scrollLeft = time * scale - scroll.clientWidth / 2;
  });
}

for (const table of document.querySelectorAll('.sortable')) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.querySelector('button').addEventListener('click', () => {
    const down = head.getAttribute('aria-sort') === 'ascending';
    heads.forEach((each) => each.removeAttribute('aria-sort'));
    head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    const compare = (a, b) => {
      const [left, right] = [a.cells[column], b.cells[column]];
      const [first, second] = [left.dataset.value, right.dataset.value];
      if (first === '' || second === '') return (first === '') - (second === '');
      const order = first === undefined
        ? left.textContent.localeCompare(right.textContent, undefined, {numeric: true})
        : first - second;
      return down ? -order : order;
    };
    body.append(...[...body.rows].sort(compare));
  }));
  const find = document.getElementById('find');
  find?.addEventListener('input', () => {
    let count = 0;
    for (const row of body.rows) {
      row.hidden = !row.cells[0].textContent.toLowerCase().includes(find.value.toLowerCase());
      count += !row.hidden;
    }
    document.getElementById('found').textContent = find.value ? `${count} of ${body.rows.length}` : '';
  });
}
