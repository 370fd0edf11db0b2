// A picture of what stands side by side: one row of bars for each operation and distance.

const COLOURS = { seeds: '#9aa0a6', twin: '#c9a227', ours: '#2f6fde', floor: '#7fb069', idle: '#b7b7b7' };
const LABELS = { seeds: 'seeds', twin: 'by hand', ours: 'ours', floor: 'floor', idle: 'nothing' };
const [WIDTH, LEFT, BAR, GAP] = [640, 150, 14, 4];

/** An SVG of the medians in milliseconds. */
export function chart(measured) {
  const groups = Object.entries(measured).flatMap(([distance, operations]) =>
    ['submit', 'settle'].map((name) => ({ title: `${name} of six, ${distance}`, bars: operations[name] })),
  );
  const most = Math.max(...groups.flatMap(({ bars }) => Object.values(bars).map(({ p50 }) => p50)));
  let top = 10;
  const parts = groups.map(({ title, bars }) => {
    const rows = Object.entries(bars).map(([name, { p50 }]) => {
      const length = Math.round((p50 / most) * (WIDTH - LEFT - 70));
      const row =
        `<text x="${LEFT - 8}" y="${top + 30}" text-anchor="end">${LABELS[name]}</text>` +
        `<rect x="${LEFT}" y="${top + 19}" width="${length}" height="${BAR}" fill="${COLOURS[name]}"/>` +
        `<text x="${LEFT + length + 6}" y="${top + 30}">${p50} ms</text>`;
      top += BAR + GAP;
      return row;
    });
    const begin = top - rows.length * (BAR + GAP);
    top += 30;
    return `<text x="${LEFT}" y="${begin + 12}" font-weight="bold">${title}</text>${rows.join('')}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" font-family="sans-serif" font-size="12" fill="#777">${parts.join('')}</svg>\n`;
}
