/**
 * Draws the marks of one lane and the ticks of a time axis. The page's script runs the text of these two functions again when a
 * reader zooms, so each stands alone: it uses nothing but its arguments. Words are not escaped here: they are of src/query/word.ts. Overlapping marks become one bar with their number.
 */

/** The words that numbers in a lane's points stand for. */
export interface MarkWords {
  /** Of each kind of failure: its mechanism, its cause (or '' without one) and its path. */
  kinds: readonly (readonly [mechanism: string, cause: string, path: string])[];
  /** SVG path of each mechanism, and class of each cause. */
  shapes: Readonly<Record<string, string>>;
  classes: Readonly<Record<string, string>>;
}

/** The span of time that is shown, in milliseconds after `base`, and its width in pixels. */
export interface MarkView {
  base: number;
  from: number;
  to: number;
  width: number;
  /** Whether each mark has its text: of very many, the page's script shows it. */
  isTitled?: boolean;
}

/**
 * Returns the SVG of a lane's marks. `points` has four numbers for each mark, by time: milliseconds from `base` to the routing,
 * milliseconds until the answer, the kind, and how many failures it stands for.
 */
export function laneMarks(points: readonly number[], words: MarkWords, view: MarkView): string {
  const { base, from, to, width, isTitled = true } = view;
  const scale = width / (to - from);
  const round = (n: number) => Math.round(n * 10) / 10;
  const clock = (ms: number) => new Date(base + ms).toISOString().slice(11, 19);
  interface Cluster {
    begin: number;
    end: number;
    tail: number;
    first: number;
    last: number;
    n: number;
    causes: Map<string, number>;
    mechanisms: Map<string, number>;
  }
  const clusters: Cluster[] = [];
  for (let i = 0; i < points.length; i += 4) {
    const at = points[i]!;
    if (at < from || at > to) continue;
    const x = (at - from) * scale;
    const tail = Math.min(width, (at + points[i + 1]! - from) * scale);
    const [mechanism, cause] = words.kinds[points[i + 2]!]!;
    const n = points[i + 3]!;
    let cluster = clusters[clusters.length - 1];
    // Two bars never touch: each reaches 4.5 beyond its first and last mark.
    const reach = cluster !== undefined && cluster.causes.size === 1 && cluster.causes.has(cause) ? 14 : 11;
    if (cluster === undefined || x - cluster.end >= reach) {
      cluster = {
        begin: x,
        end: x,
        tail,
        first: at,
        last: at,
        n: 0,
        causes: new Map(),
        mechanisms: new Map(),
      };
      clusters.push(cluster);
    }
    cluster.end = x;
    cluster.last = at;
    cluster.tail = Math.max(cluster.tail, tail);
    cluster.n += n;
    cluster.causes.set(cause, (cluster.causes.get(cause) ?? 0) + n);
    cluster.mechanisms.set(mechanism, (cluster.mechanisms.get(mechanism) ?? 0) + n);
  }
  const most = (counts: Map<string, number>) => [...counts].sort((a, b) => b[1] - a[1]);
  const tails = new Map<string, string>();
  let bars = '';
  const labels: { left: number; right: number; middle: number; n: number }[] = [];
  for (const { begin, end, tail, first, last, n, causes, mechanisms } of clusters) {
    // A mark at an edge is drawn inside it.
    const left = Math.max(0, Math.min(begin - 4.5, width - 9));
    const right = Math.min(width, Math.max(end + 4.5, 9));
    const byCause = most(causes);
    const byMechanism = most(mechanisms);
    const color = words.classes[byCause[0]![0]]!;
    const list = (counts: [string, number][]) =>
      counts.map(([word, own]) => (counts.length > 1 ? `${own} × ${word}` : word)).join(', ');
    const span = last - first < 1e3 ? clock(first) : `${clock(first)} to ${clock(last)}`;
    const why = byCause[0]![0] === '' && byCause.length === 1 ? '' : `, ${list(byCause)}`;
    const title = isTitled ? `<title>${n} at ${span}: ${list(byMechanism)}${why}</title>` : '';
    if (tail > right + 1) {
      tails.set(color, `${tails.get(color) ?? ''}M${round(right)} 20H${round(tail)}m0-3v6`);
    }
    if (end - begin < 5 && byCause.length === 1) {
      bars += `<path class="m ${color}" d="M${round((left + right) / 2)} 20${words.shapes[byMechanism[0]![0]]}">${title}</path>`;
    } else {
      bars += `<g class="m ${color}">${title}`;
      // Each cause has a stripe; a small one stays visible.
      let top = 14;
      byCause.forEach(([cause, own], i) => {
        const rest = 26 - top - 2.5 * (byCause.length - 1 - i);
        const height = i === byCause.length - 1 ? 26 - top : Math.min(rest, Math.max(2.5, (12 * own) / n));
        bars += `<rect class="${words.classes[cause]}" x="${round(left)}" y="${round(top)}" width="${round(right - left)}" height="${round(height)}"/>`;
        top += height;
      });
      const room = Math.min(byMechanism.length, Math.floor((right - left - 1) / 9));
      for (let i = 0; i < room; i++) {
        bars += `<path class="on" d="M0 0${words.shapes[byMechanism[i]![0]]}" transform="translate(${round(left + 5.5 + 9 * i)} 20)scale(.68)"/>`;
      }
      bars += '</g>';
    }
    if (n === 1) continue;
    // A number that would meet the one before is added to it: the sum stands above both.
    let label = { left, right, middle: 0, n };
    for (;;) {
      const half = String(label.n).length * 3.4 + 2;
      label.middle = Math.max(half, Math.min(width - half, (label.left + label.right) / 2));
      const before = labels[labels.length - 1];
      if (before === undefined) break;
      if (before.middle + String(before.n).length * 3.4 + 2 <= label.middle - half) break;
      labels.pop();
      label = { left: before.left, right: label.right, middle: 0, n: before.n + label.n };
    }
    labels.push(label);
  }
  const lines = [...tails].map(([color, path]) => `<path class="tail ${color}" d="${path}"/>`).join('');
  return `${lines}${bars}${labels.map(({ middle, n }) => `<text class="n" x="${round(middle)}" y="11">${n}</text>`).join('')}`;
}

/** Returns the SVG of the ticks of a time axis, with lines of this height: so few that no two labels meet, and none leaves it. */
export function axisTicks({ base, from, to, width }: MarkView, height: number, labelled: boolean): string {
  const steps = [
    20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 10e3, 15e3, 30e3, 60e3, 120e3, 300e3, 600e3, 900e3, 1.8e6, 3.6e6, 7.2e6,
    10.8e6, 21.6e6, 43.2e6, 86.4e6,
  ];
  const least = ((to - from) / width) * 92;
  let step = steps.find((one) => one >= least) ?? 86.4e6;
  while (step < least) step *= 2;
  const [start, stop] = step >= 86.4e6 ? [5, 10] : step >= 60e3 ? [11, 16] : step >= 1e3 ? [11, 19] : [11, 22];
  let text = '';
  for (let at = Math.ceil((base + from) / step) * step; at <= base + to; at += step) {
    const x = Math.round(((at - base - from) / (to - from)) * width * 10) / 10;
    text += `<path class="grid" d="M${x} 0V${height}"/>`;
    if (labelled && x >= 32 && x <= width - 32) {
      text += `<text class="tick" x="${x}" y="13">${new Date(at).toISOString().slice(start, stop)}</text>`;
    }
  }
  return text;
}
