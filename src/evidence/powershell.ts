/**
 * Answers of AWS as `ConvertTo-Json` writes the objects of its tools for PowerShell: members with a capital letter, an enumeration
 * as an object of its own, a time as `/Date(ms)/` (Windows PowerShell), and the year 1 for a time that is not set.
 */
import { formatTime, fromMillis } from '../time/time.ts';
import { asObject, asText } from './json-value.ts';

/** Objects in one another: the API has about ten. */
const MAX_NESTED = 40;

const DATE = /^\/Date\((-?\d{1,14})(?:[+-]\d{4})?\)\/$/;

/** Members that name their object to the API of ECS, as PowerShell writes them. */
const ECS_MEMBERS: readonly string[] = [
  ...['Tasks', 'TaskArn', 'Services', 'ServiceArn', 'ContainerInstances', 'ContainerInstanceArn', 'TaskDefinition'],
];

/** Returns a value of PowerShell as the API has it, and the names of ECS with it. */
export function fromPowerShell(value: unknown): unknown {
  const own = plain(value, 0, false);
  const object = asObject(own);
  return object && ECS_MEMBERS.some((member) => member in object) ? plain(own, 0, true) : own;
}

function plain(value: unknown, nested: number, isLowered: boolean): unknown {
  if (typeof value === 'string') return plainText(value);
  if (nested > MAX_NESTED || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one: unknown) => plain(one, nested + 1, isLowered));
  const members = Object.entries(value);
  const [first] = members;
  if (members.length === 1 && first![0] === 'Value' && typeof first![1] === 'string') return first![1];
  // Windows PowerShell adds members to a time.
  const time = asText((value as Record<string, unknown>).value);
  if (time !== null && DATE.test(time) && 'DateTime' in value) return plainText(time);
  const object: Record<string, unknown> = Object.create(null);
  for (const [name, held] of members) {
    object[isLowered ? name.charAt(0).toLowerCase() + name.slice(1) : name] = plain(held, nested + 1, isLowered);
  }
  return object;
}

function plainText(text: string): string | null {
  if (text.startsWith('0001-01-01T00:00:00')) return null;
  const date = DATE.exec(text);
  // The year 1 again.
  if (date && Number(date[1]) < 0) return null;
  return date ? formatTime(fromMillis(Number(date[1]))).replace(/\.?0+Z$/, 'Z') : text;
}
