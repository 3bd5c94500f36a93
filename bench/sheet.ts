/**
 * The arithmetic of docs/scaling.md: what a day of logs costs, and how long it takes, by each way. Readings were measured; prices are
 * list prices of us-east-1 in 2026. `node --import tsx bench/sheet.ts --tb 10 --jobs 64` prints it for other amounts.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PRICE_PER_TERABYTE } from '../src/athena/cost.ts';

/** Measured. CPU seconds are for a gigabyte of log text, on AMD EPYC with Node 20. */
const READING = {
  /** Terabytes of gzipped objects for one of text (bench/make-data.ts). */
  gzipped: 0.134,
  /** Objects of a terabyte of text. */
  objects: 100_000,
  /** bench/growth.ts, 25 November 2026, ten gigabytes. */
  load: 7.0,
  loadFailures: 3.9,
  /** `load --emit` of 1.5 million lines, 1.11 GB, 27 November 2026: 25.5 CPU seconds. */
  emit: 23,
  /** `merge` of that unit: 12.2 CPU seconds. */
  merge: 11,
  /** Gigabytes of a database for a terabyte of text, whole and with --keep failures, and of units. */
  database: 117,
  databaseFailures: 13,
  unit: 95,
  /** How often `run` of a question about verdicts, and a statement over the views of `ddl`, read the logs. */
  fetched: 2,
  views: 12,
};

/** Dollars. */
const PRICE = {
  coreHour: 0.05,
  /** Fargate on ARM: a vCPU and 3 GB. */
  fargateHour: 0.03238 + 3 * 0.00356,
  get: 0.0004 / 1000,
  gigabyteOut: 0.09,
  diskMonth: 0.08,
  s3Month: 0.023,
};

const HOUR = 3600;
const GB_OF_TB = 1000;

export interface Cost {
  what: string;
  arithmetic: string;
  dollars: string;
}

const money = (amount: number): string => amount.toFixed(2);
/** Large numbers as `10,000`. */
const plain = (n: number): string => n.toLocaleString('en-US', { maximumFractionDigits: 3 });

const coreHours = (terabytes: number, seconds: number): number => (terabytes * GB_OF_TB * seconds) / HOUR;

/** Returns the costs of this much log text. */
export function costsOf(terabytes: number): Cost[] {
  const gzipped = terabytes * READING.gzipped;
  const scan = (what: string, times: number, most = ''): Cost => ({
    what,
    arithmetic: `${most}${times === 1 ? '' : `${times} × `}${plain(gzipped)} TB × $${PRICE_PER_TERABYTE}`,
    dollars: money(times * gzipped * PRICE_PER_TERABYTE),
  });
  const cpu = (what: string, seconds: number, price: number): Cost => {
    const hours = coreHours(terabytes, seconds);
    return {
      what,
      arithmetic: `${plain(terabytes * GB_OF_TB)} GB × ${seconds.toFixed(1)} CPU s = ${plain(Math.round(hours * 10) / 10)} core hours × $${plain(price)}`,
      dollars: money(hours * price),
    };
  };
  const objects = terabytes * READING.objects;
  const disk = [READING.database, READING.databaseFailures].map((gigabytes) => gigabytes * terabytes);
  return [
    scan('Athena, a question that reads the log once', 1),
    scan('Athena, `pull`', READING.fetched),
    scan('Athena, `trace` and other verdicts', READING.fetched),
    scan('Athena, `advice`', READING.fetched + 1),
    scan('Athena, `select * from verdict` in the console', READING.views, 'at most '),
    cpu('here, `load`', READING.load, PRICE.coreHour),
    cpu('here, `load --keep failures`', READING.loadFailures, PRICE.coreHour),
    cpu('in many jobs, `load --emit` on Fargate (ARM, 3 GB)', READING.emit, PRICE.fargateHour),
    cpu('`merge` of all their units', READING.merge, PRICE.coreHour),
    {
      what: 'fetching the objects, in the region',
      arithmetic: `${plain(objects)} GET × $0.0004 / 1,000`,
      dollars: money(objects * PRICE.get),
    },
    {
      what: 'fetching them to a machine outside of AWS',
      arithmetic: `${plain(gzipped * GB_OF_TB)} GB × $${PRICE.gigabyteOut}`,
      dollars: money(gzipped * GB_OF_TB * PRICE.gigabyteOut),
    },
    {
      what: 'keeping the database',
      arithmetic: `${plain(disk[0]!)} GB × $${PRICE.diskMonth} a month; of failures alone ${plain(disk[1]!)} GB`,
      dollars: disk.map((gigabytes) => money(gigabytes * PRICE.diskMonth)).join('; '),
    },
    {
      what: 'keeping the units in S3',
      arithmetic: `${plain(READING.unit * terabytes)} GB × $${PRICE.s3Month} a month`,
      dollars: money(READING.unit * terabytes * PRICE.s3Month),
    },
  ];
}

export interface Way {
  way: string;
  /** Where one sits. */
  where: string;
  hours: string;
  dollars: string;
}

/** Megabits a second of a line out of AWS, and cores of a machine: as many as the readings were taken on. */
const LINE = 500;
const CORES = 2;

const hoursText = (hours: number): string => (hours < 1 ? `${Math.ceil(hours * 60)} min` : `${hours.toFixed(1)} h`);

/** Returns how long verdicts about this much log text take, and what they cost, by each way. Jobs have one vCPU each. */
export function waysOf(terabytes: number, jobs: number): Way[] {
  const gzipped = terabytes * READING.gzipped;
  const fetching = terabytes * READING.objects * PRICE.get;
  const download = (gzipped * 8e6) / LINE / HOUR;
  const load = coreHours(terabytes, READING.load);
  const emit = coreHours(terabytes, READING.emit);
  return [
    {
      way: '`load`',
      where: `a laptop, ${LINE} Mbit/s`,
      hours: hoursText(Math.max(download, load / CORES)),
      dollars: money(gzipped * GB_OF_TB * PRICE.gigabyteOut),
    },
    {
      way: '`load`',
      where: `a machine in the region, ${CORES} cores`,
      hours: hoursText(load / CORES),
      dollars: money(load * PRICE.coreHour + fetching),
    },
    {
      way: '`load --emit`',
      where: `${jobs} jobs in the region`,
      hours: hoursText(emit / jobs),
      dollars: money(emit * PRICE.fargateHour + fetching),
    },
    {
      way: '`athena run trace`',
      where: 'anywhere',
      hours: 'minutes',
      dollars: money(READING.fetched * gzipped * PRICE_PER_TERABYTE),
    },
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { tb: { type: 'string', default: '10' }, jobs: { type: 'string', default: '64' } },
  });
  const [terabytes, jobs] = [Number(values.tb), Number(values.jobs)];
  if (!(terabytes > 0 && jobs > 0)) throw new Error('--tb and --jobs are numbers above 0');
  console.table(costsOf(terabytes));
  console.table(waysOf(terabytes, jobs));
}
