/** Chooses among objects of one name: a folder of manifests often has one release for each environment. */
import type { LinePlace } from './field.ts';

/** Returns the objects whose files lie nearest to a place: in its folder, else with the longest common path. */
export function nearestFiles<T>(candidates: readonly T[], placeOf: (one: T) => LinePlace, to: LinePlace): T[] {
  if (candidates.length < 2) return [...candidates];
  const folder = foldersOf(to);
  const shared = candidates.map((one) => {
    const other = foldersOf(placeOf(one));
    const differs = folder.findIndex((name, at) => name !== other[at]);
    return differs === -1 ? folder.length : differs;
  });
  const most = Math.max(...shared);
  return candidates.filter((_, at) => shared[at] === most);
}

const foldersOf = ({ file }: LinePlace): string[] => file.split('/').slice(0, -1);
