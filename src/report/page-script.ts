/**
 * The page's own script: zoom and pan by time, filters, search, sort, and the text of a mark. A constant without any text from
 * data: the page's CSP has its hash. The page is whole without it.
 */
import { axisTicks, laneMarks } from './lane-marks.ts';

/** `__name` is what some compilers write around functions to keep their names. */
export const SCRIPT = `
(function () {
  'use strict';
  var __name = function (f) { return f; };
  var laneMarks = ${laneMarks.toString()};
  var axisTicks = ${axisTicks.toString()};
  var all = function (what, where) { return Array.prototype.slice.call((where || document).querySelectorAll(what)); };
  var main = document.querySelector('main');
  var words = JSON.parse(main.dataset.words);
  var said = document.getElementById('said');
  var filter = { cause: '', path: '', target: '', text: '' };
  var boards = all('.board').map(function (board) {
    var base = Number(board.dataset.from);
    return { board: board, base: base, span: Number(board.dataset.to) - base, from: 0, to: Number(board.dataset.to) - base, sheet: null };
  });
  var WIDTH = 900;

  function pointsOf(text) {
    var points = [];
    var at = 0;
    if (text) text.split(' ').forEach(function (mark) {
      var n = mark.split(',').map(function (one) { return parseInt(one, 36); });
      at += n[0];
      points.push(at, n[1], n[2], n.length > 3 ? n[3] : 1);
    });
    return points;
  }
  function readMarks(g) {
    if (!g.points) g.points = pointsOf(g.dataset.p);
    return g.points;
  }
  function sorted(lists) {
    var marks = [];
    lists.forEach(function (points) {
      for (var i = 0; i < points.length; i += 4) marks.push(points.slice(i, i + 4));
    });
    marks.sort(function (a, b) { return a[0] - b[0]; });
    return [].concat.apply([], marks);
  }
  function passing(points) {
    if (!filter.cause && !filter.path) return points;
    var kept = [];
    for (var i = 0; i < points.length; i += 4) {
      var kind = words.kinds[points[i + 2]];
      if ((!filter.cause || (kind[1] || kind[0]) === filter.cause) && (!filter.path || kind[2] === filter.path)) {
        kept.push(points[i], points[i + 1], points[i + 2], points[i + 3]);
      }
    }
    return kept;
  }
  /** Gives a mark of a page with very many its text. */
  function titled(mark) {
    var g = mark.closest('.marks');
    if (!g || mark.querySelector('title')) return mark;
    var place = all('.m', g).indexOf(mark);
    var board = mark.closest('.board');
    var points = g.dataset.p === undefined ? sorted(all('.lane .marks', g.closest('.group')).map(readMarks)) : readMarks(g);
    drawMarks(boards.filter(function (state) { return state.board === board; })[0], g, points);
    return all('.m', g)[place] || mark;
  }
  function drawMarks(state, g, points) {
    g.innerHTML = laneMarks(passing(points), words, { base: state.base, from: state.from, to: state.to, width: WIDTH });
  }

  function draw(state) {
    var view = { base: state.base, from: state.from, to: state.to, width: WIDTH };
    var scale = state.span / (state.to - state.from);
    // A rule, because the policy of the page allows no style in an attribute.
    var place = 'translate(' + (-state.from / (state.to - state.from)) * WIDTH + 'px) scaleX(' + scale + ')';
    all('.t', state.board).forEach(function (g) { g.style.transform = place; });
    all('.ticks', state.board).forEach(function (g) { g.innerHTML = axisTicks(view, Number(g.dataset.h), g.dataset.l === '1'); });
    all('.bands svg', state.board).forEach(function (svg) {
      var ends = {};
      all('.band', svg).forEach(function (g) {
        var a = ((Number(g.dataset.a) - state.from) / (state.to - state.from)) * WIDTH;
        var b = Math.max(((Number(g.dataset.b) - state.from) / (state.to - state.from)) * WIDTH, a + 3);
        var rect = g.querySelector('rect');
        var text = g.querySelector('text');
        var y = text.getAttribute('y');
        var room = Number(text.dataset.w) + 8;
        rect.setAttribute('x', a);
        rect.setAttribute('width', b - a);
        // The label of a band stays in view, unless it would meet the one before.
        var x = Math.max(0, Math.min(Math.max(a, 0), WIDTH - room));
        var out = b < 0 || a > WIDTH || x < (ends[y] || 0) || (a < 0 && b < room);
        text.setAttribute('x', x);
        text.classList.toggle('hide', out);
        if (b >= 0 && a <= WIDTH) ends[y] = Math.max(ends[y] || 0, b, out ? 0 : x + room);
      });
    });
    all('.group', state.board).forEach(function (group) {
      var strip = group.querySelector('.strip .marks');
      var lanes = all('.lane .marks', group);
      var shown = lanes.filter(function (g) { return !g.closest('.lane').classList.contains('hide'); });
      if (filter.text || filter.target) {
        // Failures without a target are a row of their own.
        drawMarks(state, strip, lanes.length === 0 && passes(strip) ? readMarks(strip) : sorted(shown.map(readMarks)));
      } else {
        if (strip.dataset.p === undefined && !strip.points) strip.points = sorted(lanes.map(readMarks));
        drawMarks(state, strip, readMarks(strip));
      }
      if (group.tagName !== 'DETAILS' || group.open) shown.forEach(function (g) { drawMarks(state, g, readMarks(g)); });
    });
    all('.stack path', state.board).forEach(function (path) {
      path.classList.toggle('off', filter.cause !== '' && path.dataset.cause !== filter.cause);
    });
  }

  function show(state, from, to) {
    var length = Math.min(state.span, Math.max(200, to - from));
    state.from = Math.max(0, Math.min(state.span - length, from));
    state.to = state.from + length;
    draw(state);
  }
  function zoom(state, factor, at) {
    var middle = at === undefined ? (state.from + state.to) / 2 : at;
    show(state, middle - (middle - state.from) / factor, middle + (state.to - middle) / factor);
  }
  function pan(state, part) {
    var step = (state.to - state.from) * part;
    if (state.from + step < 0) step = -state.from;
    if (state.to + step > state.span) step = state.span - state.to;
    show(state, state.from + step, state.to + step);
  }
  var acts = {
    'in': function (state) { zoom(state, 2); },
    out: function (state) { zoom(state, 0.5); },
    left: function (state) { pan(state, -0.5); },
    right: function (state) { pan(state, 0.5); },
    all: function (state) { show(state, 0, state.span); }
  };

  function labelOf(within) { return within.closest('svg').getAttribute('aria-label').toLowerCase(); }
  function holds(text, wanted) { return text.indexOf(wanted.trim().toLowerCase()) >= 0; }
  function passes(marks) {
    var label = labelOf(marks);
    return holds(label, filter.text) && holds(label, filter.target);
  }
  function search() {
    var isNarrow = filter.text !== '' || filter.target !== '';
    all('.lane').forEach(function (lane) { lane.classList.toggle('hide', isNarrow && !passes(lane.querySelector('.marks'))); });
    all('tbody tr').forEach(function (row) {
      var text = row.textContent.toLowerCase();
      var isIn = holds(text, filter.text) && (!row.closest('.targets') || holds(text, filter.target));
      row.classList.toggle('hide', !isIn || Boolean(filter.cause && row.closest('.failures') && text.indexOf(filter.cause) < 0));
    });
    all('details.group').forEach(function (group) {
      if (isNarrow && group.querySelector('.lane:not(.hide)')) group.open = true;
    });
    boards.forEach(draw);
  }

  // The names and addresses of the lanes, which the browser completes.
  var names = {};
  all('.lane .marks').forEach(function (g) {
    g.closest('svg').getAttribute('aria-label').replace(/: \\d+ failed$/, '').split(', ').forEach(function (name) { names[name] = true; });
  });
  delete names['target not known'];
  all('#targets').forEach(function (list) {
    Object.keys(names).sort().forEach(function (name) {
      var option = document.createElement('option');
      option.value = name;
      list.appendChild(option);
    });
  });

  all('.tools').forEach(function (tools) {
    tools.hidden = false;
    tools.addEventListener('click', function (event) {
      var act = acts[event.target.dataset.do];
      if (act) boards.forEach(act);
    });
    tools.addEventListener('input', function (event) {
      var by = event.target.dataset.by;
      if (by === 'span') {
        var span = event.target.value.split(' ').map(Number);
        if (span.length === 2) boards.forEach(function (state) {
          var room = Math.max(2000, (span[1] - span[0]) * 0.1);
          if (span[1] >= state.base && span[0] <= state.base + state.span) show(state, span[0] - room - state.base, span[1] + room - state.base);
        });
      } else if (by) {
        filter[by] = event.target.value;
        search();
      }
    });
  });

  function tell(mark) {
    all('.m.at').forEach(function (one) { one.classList.remove('at'); });
    mark = titled(mark);
    mark.classList.add('at');
    var lane = mark.closest('.row').querySelector('svg').getAttribute('aria-label').split(': ')[0];
    var title = mark.querySelector('title');
    if (title) said.textContent = lane + ': ' + title.textContent;
  }
  boards.forEach(function (state) {
    var board = state.board;
    var rows = board.querySelector('.rows');
    var timeAt = function (event) {
      var box = board.querySelector('.row > svg').getBoundingClientRect();
      return state.from + ((event.clientX - box.left) / box.width) * (state.to - state.from);
    };
    board.addEventListener('mouseover', function (event) {
      var mark = event.target.closest('.marks .m, .band');
      if (mark) tell(mark);
    });
    all('details.group', board).forEach(function (group) { group.addEventListener('toggle', function () { draw(state); }); });
    board.addEventListener('wheel', function (event) {
      if (!event.ctrlKey) return;
      event.preventDefault();
      zoom(state, event.deltaY < 0 ? 1.25 : 0.8, timeAt(event));
    }, { passive: false });
    var drag = null;
    board.addEventListener('pointerdown', function (event) {
      if (event.pointerType === 'mouse' && event.target.closest('svg') && !event.target.closest('summary')) drag = { x: event.clientX, from: state.from };
    });
    board.addEventListener('pointermove', function (event) {
      if (!drag || event.buttons === 0) { drag = null; return; }
      var box = board.querySelector('.row > svg').getBoundingClientRect();
      var length = state.to - state.from;
      var from = Math.max(0, Math.min(state.span - length, drag.from - ((event.clientX - drag.x) / box.width) * length));
      if (from !== state.from) show(state, from, from + length);
    });
    board.addEventListener('dblclick', function (event) { if (event.target.closest('svg')) zoom(state, 3, timeAt(event)); });
    // One stop for Tab: arrows move between marks and lanes.
    rows.addEventListener('keydown', function (event) {
      if (event.target !== rows) return;
      var key = event.key;
      if (key === '+' || key === '=') acts['in'](state);
      else if (key === '-') acts.out(state);
      else if (key === '0') acts.all(state);
      else if (key === '[') acts.left(state);
      else if (key === ']') acts.right(state);
      else if (key.indexOf('Arrow') === 0) {
        var lanes = all('.marks', rows).filter(function (g) { return g.getClientRects().length > 0 && g.querySelector('.m'); });
        var at = rows.querySelector('.m.at');
        var lane = at ? lanes.indexOf(at.closest('.marks')) : -1;
        var marks = lane < 0 ? [] : all('.m', lanes[lane]);
        var next;
        if (lane < 0) next = lanes[0] && lanes[0].querySelector('.m');
        else if (key === 'ArrowLeft' || key === 'ArrowRight') next = marks[marks.indexOf(at) + (key === 'ArrowLeft' ? -1 : 1)];
        else next = lanes[lane + (key === 'ArrowUp' ? -1 : 1)] && lanes[lane + (key === 'ArrowUp' ? -1 : 1)].querySelector('.m');
        if (next) {
          tell(next);
          next.scrollIntoView({ block: 'nearest', inline: 'nearest' });
        }
      } else return;
      event.preventDefault();
    });
  });

  all('table').forEach(function (table) {
    // A long text is cut; a click on its row shows all of it.
    table.addEventListener('click', function (event) {
      var cell = event.target.closest('td.long');
      if (cell && !String(window.getSelection())) cell.parentNode.classList.toggle('open');
    });
    all('th', table).forEach(function (head, i) {
      var button = document.createElement('button');
      button.type = 'button';
      while (head.firstChild) button.appendChild(head.firstChild);
      head.appendChild(button);
      button.addEventListener('click', function () {
        var up = head.getAttribute('aria-sort') !== 'ascending';
        all('th', table).forEach(function (one) { one.removeAttribute('aria-sort'); });
        head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
        var body = table.tBodies[0];
        var rows = all('tr', body);
        var isNumber = head.classList.contains('n');
        rows.sort(function (a, b) {
          var x = a.cells[i].textContent, y = b.cells[i].textContent;
          var order = isNumber ? (x === '' ? -Infinity : Number(x)) - (y === '' ? -Infinity : Number(y)) || 0 : x < y ? -1 : x > y ? 1 : 0;
          return up ? order : -order;
        });
        rows.forEach(function (row) { body.appendChild(row); });
      });
    });
  });
})();
`;
