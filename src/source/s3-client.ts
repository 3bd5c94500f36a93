/**
 * Sets up the AWS SDK: credentials, profile, region and endpoint come from where the AWS command line takes them. The SDK is
 * loaded only for a bucket. Retries are ours (see retry.ts), because the SDK cannot retry a body.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import type { S3Client } from '@aws-sdk/client-s3';
import { redactedUrl } from '../evidence/redact.ts';
import { SetupError } from './s3-error.ts';

type Sdk = typeof import('@aws-sdk/client-s3');

/** Which S3 to use, and with which identity. Null values come from the environment and the AWS configuration files. */
export interface Access {
  endpointUrl: string | null;
  region: string | null;
  profile: string | null;
  env: Readonly<Record<string, string | undefined>>;
}

/** The region where AWS answers for buckets of all regions and names the right one. */
const DEFAULT_REGION = 'us-east-1';

let loading: Promise<Sdk> | null = null;

/** Returns the SDK. */
export function loadSdk(): Promise<Sdk> {
  // Its warning that Node 20 is ending would disturb users during an incident.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  loading ??= import('@aws-sdk/client-s3');
  return loading;
}

/** Returns a client for `access` and the region it signs for. Throws SetupError for settings that cannot work. */
export async function openClient(access: Access): Promise<{ client: S3Client; region: string }> {
  const sdk = await loadSdk();
  const { env } = access;
  const region = access.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  const endpoint = endpointOf(access);
  if (endpoint !== null && !/^https?:$/.test(URL.canParse(endpoint) ? new URL(endpoint).protocol : '')) {
    throw new SetupError(`${redactedUrl(endpoint)} is no url of an S3 server; write --endpoint-url as https://host`);
  }
  const { profile, credentials } = identityOf(access);
  const ca = certificates(env);
  const make = (region: string | undefined) =>
    new sdk.S3Client({
      region,
      endpoint: endpoint ?? undefined,
      // Servers other than AWS rarely have a host name for each bucket.
      forcePathStyle: endpoint !== null,
      profile,
      credentials,
      maxAttempts: 1,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: { connectionTimeout: 10_000, httpsAgent: { ca, maxSockets: 50 } },
      logger: { debug() {}, info() {}, warn() {}, error() {} },
    });
  const client = make(region || undefined);
  try {
    return { client, region: await client.config.region() };
  } catch {
    client.destroy();
    return { client: make(DEFAULT_REGION), region: DEFAULT_REGION };
  }
}

/** Returns the region that flag, environment or profile names; null if none does. Throws SetupError for a profile that does not exist. */
export async function regionOfAccess(access: Access): Promise<string | null> {
  const named = access.region ?? (access.env.AWS_REGION || access.env.AWS_DEFAULT_REGION || null);
  if (named !== null) return checkedRegion(named);
  const { profile, credentials } = identityOf(access);
  const sdk = await loadSdk();
  const client = new sdk.S3Client({ profile, credentials });
  try {
    return await client.config.region();
  } catch {
    return null;
  } finally {
    client.destroy();
  }
}

/** A region becomes a part of host names. Throws SetupError for a text that would lead to another host. */
function checkedRegion(region: string): string {
  if (/^[a-z0-9-]{1,40}$/i.test(region)) return region;
  throw new SetupError(`${redactedUrl(region)} is no AWS region; write it as eu-central-1 (--region or AWS_REGION)`);
}

/** Returns the AWS identity that the AWS command line would use. Throws SetupError for a profile that does not exist. */
export function identityOf(access: Access) {
  const { env } = access;
  const credentials = environmentCredentials(access);
  const profile = access.profile ?? (env.AWS_PROFILE || env.AWS_DEFAULT_PROFILE || undefined);
  if (profile !== undefined && credentials === undefined) checkProfile(profile, env);
  return { profile, credentials };
}

/** The command line prefers keys of the environment to AWS_PROFILE, the SDK the reverse; both prefer a profile given by flag. */
function environmentCredentials({ profile, env }: Access) {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = env;
  if (profile !== null || !accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken: sessionToken || undefined };
}

/** Returns the endpoint from flag or environment, or null for AWS itself. */
export function endpointOf({ endpointUrl, env }: Access): string | null {
  return endpointUrl ?? (env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL || null);
}

/** The SDK ignores a misspelt profile and uses any other identity that it finds, such as the machine's role. */
function checkProfile(profile: string, env: Access['env']): void {
  const files = [
    env.AWS_CONFIG_FILE ?? join(homedir(), '.aws', 'config'),
    env.AWS_SHARED_CREDENTIALS_FILE ?? join(homedir(), '.aws', 'credentials'),
  ];
  const sections = files.flatMap((file) => {
    try {
      return [...readFileSync(file, 'utf8').matchAll(/^\s*\[\s*(?:profile\s+)?["']?(.*?)["']?\s*\]/gm)].map(
        ([, name]) => name,
      );
    } catch {
      return [];
    }
  });
  if (profile === 'default' || sections.includes(profile)) return;
  throw new SetupError(`No AWS profile ${profile} in ${files.join(' or ')}; check --profile or AWS_PROFILE`);
}

/** Returns the authorities that AWS_CA_BUNDLE adds, or undefined. Throws SetupError. */
export function certificates({ AWS_CA_BUNDLE }: Access['env']): string[] | undefined {
  if (!AWS_CA_BUNDLE) return undefined;
  try {
    return [...rootCertificates, readFileSync(AWS_CA_BUNDLE, 'utf8')];
  } catch (cause) {
    throw new SetupError(`AWS_CA_BUNDLE ${AWS_CA_BUNDLE} cannot be read; correct or unset it`, { cause });
  }
}
