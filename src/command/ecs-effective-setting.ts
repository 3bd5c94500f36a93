/** Reads the effective settings of ECS services from describe-services and describe-task-definition. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { AdviceRow } from '../report/advice-row.ts';
import type { EcsEffectiveSettings } from '../report/ecs-advice.ts';
import { ask } from './ask.ts';

/** The last value of each key, by subject. */
export type EcsSettings = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Reads the settings of all services and task definitions. */
export async function readEcsSettings(connection: DuckDBConnection): Promise<EcsSettings> {
  const rows = await ask(connection, 'advise-ecs-settings');
  const settings = new Map<string, Map<string, string>>();
  for (const { subject, key, value } of rows) {
    const own = settings.get(String(subject)) ?? new Map<string, string>();
    settings.set(String(subject), own.set(String(key), String(value)));
  }
  return settings;
}

const numberOf = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,7}(\.\d{1,6})?$/.test(text) ? Number(text) : null;

/** Returns what is in force for the service of a row. */
export function ecsEffectiveSettingsOf(row: AdviceRow, settings: EcsSettings): EcsEffectiveSettings {
  const service = settings.get(`EcsService/${row.namespace ?? ''}/${row.deployment}`);
  const definition = settings.get(`EcsTaskDefinition//${service?.get('taskDefinition') ?? ''}`);
  return {
    deregistration_delay_seconds: row.deregistration_delay_seconds,
    stop_timeout_seconds: numberOf(definition?.get('stopTimeout')) ?? row.termination_grace_period_seconds,
    minimum_healthy_percent: numberOf(service?.get('minimumHealthyPercent')),
    maximum_percent: numberOf(service?.get('maximumPercent')),
  };
}
