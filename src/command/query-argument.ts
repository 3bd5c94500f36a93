/** Parses a question of the catalogue: its name, and its parameters as key=value. */
import { type Query, readCatalogue } from '../query/catalogue.ts';
import { type BoundValue, defaultValues, typedValue } from '../query/parameter.ts';
import type { Micros } from '../time/time.ts';
import { parseTypedTime } from '../time/typed.ts';
import { CliError, EXIT } from './error.ts';
import { unknownWord } from './option.ts';

/** Returns the query of that name. Throws CliError with the nearest name. */
export function findQuery(name: string): Query {
  const catalogue = readCatalogue();
  const query = catalogue.find((known) => known.name === name);
  if (query) return query;
  const names = catalogue.map((known) => known.name);
  throw unknownWord(`there is no query ${name}`, name, names);
}

/** A value of each type, for messages. */
const SAMPLES = { text: 'word', integer: '100', number: '0.5', boolean: 'true', timestamp: '-2h' } as const;

/** Returns the value of every parameter: the given one, else its default. Throws CliError. */
export function parametersOf(
  query: Pick<Query, 'name' | 'parameters'>,
  given: readonly string[],
  now: Micros,
): Record<string, BoundValue> {
  const values = defaultValues(query.parameters);
  const known = query.parameters.map(({ name }) => name);
  for (const text of given) {
    const equals = text.indexOf('=');
    if (equals < 1) throw new CliError(`--param ${text} is not key=value: write it as --param from=-2h`, EXIT.usage);
    const key = text.slice(0, equals);
    const parameter = query.parameters.find(({ name }) => name === key);
    if (!parameter && known.length === 0)
      throw new CliError(`${query.name} has no parameters: leave --param ${text} out`, EXIT.usage);
    if (!parameter) throw unknownWord(`${query.name} has no parameter ${key}`, key, known);
    const value = typedValue(parameter, text.slice(equals + 1), (time) => parseTypedTime(time, now));
    if (!value)
      throw new CliError(
        `--param ${text} is not of type ${parameter.type}: write it as ${key}=${SAMPLES[parameter.type]}`,
        EXIT.usage,
      );
    values[key] = value;
  }
  return values;
}
