/** Logs that are loaded beside access logs. */
import { CONNECTION_LOG } from '../alb/connection-log.ts';
import { HEALTH_CHECK_LOG } from '../alb/health-check-log.ts';
import type { LineFormat } from '../alb/line-format.ts';

export const LOG_FORMATS: readonly LineFormat[] = [CONNECTION_LOG, HEALTH_CHECK_LOG];

/** Returns whether a recognised kind is one of these logs. */
export const isFormattedLog = (kind: string): boolean => LOG_FORMATS.some((format) => format.kind === kind);
