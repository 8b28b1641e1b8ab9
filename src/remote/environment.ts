/** Servers, credentials and proxies according to the environment. Tokens stay in this thread. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readSmallFileIfAny } from '../core/storage/smallFile';

type Variables = Readonly<Record<string, string | undefined>>;

export interface BucketKeys {
  id: string;
  secret: string;
  /** Session token of temporary keys. */
  session: string | null;
}

/** Empty variables count as not set. */
const given = (word: string | undefined): string | undefined => (word === '' ? undefined : word);

const PUBLIC_HUB = 'https://huggingface.co';
const MAX_BYTES = 1_000_000;

/** The Hub's address without a slash at its end. */
export function hubEndpoint(env: Variables): string {
  const named = env['HF_ENDPOINT'];
  return named === undefined || !/^https?:\/\/./i.test(named) ? PUBLIC_HUB : named.replace(/\/+$/, '');
}

/** The host of the Hub if it is not the public one. */
export function ownHubHost(env: Variables): string | undefined {
  const endpoint = hubEndpoint(env);
  return endpoint === PUBLIC_HUB ? undefined : new URL(endpoint).host;
}

/** The Hub's token, from the environment or from the file that its own program writes; null if there is none. */
export function hubToken(env: Variables): string | null {
  const named = env['HF_TOKEN'] ?? env['HUGGING_FACE_HUB_TOKEN'];
  if (named?.trim()) return named.trim();
  const home = env['HF_HOME'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'huggingface');
  return given(textOf(env['HF_TOKEN_PATH'] ?? join(home, 'token'))?.trim()) ?? null;
}

/** Null if there are none: public buckets need no keys. */
export function bucketKeys(env: Variables): BucketKeys | null {
  const [id, secret] = [env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY']];
  if (id && secret) return { id, secret, session: env['AWS_SESSION_TOKEN'] ?? null };
  const profile = profileOf(env, credentialsFile(env), false) ?? profileOf(env, configFile(env), true);
  const [own, key] = [profile?.get('aws_access_key_id'), profile?.get('aws_secret_access_key')];
  return own && key ? { id: own, secret: key, session: profile?.get('aws_session_token') ?? null } : null;
}

export function bucketRegion(env: Variables): string {
  const named = given(env['AWS_REGION']) ?? given(env['AWS_DEFAULT_REGION']);
  return named ?? profileOf(env, configFile(env), true)?.get('region') ?? 'us-east-1';
}

/** Address of a bucket server other than Amazon's, without a slash at its end; null if none is set. */
export function bucketEndpoint(env: Variables): string | null {
  const named = env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'];
  return named && /^https?:\/\/./i.test(named) ? named.replace(/\/+$/, '') : null;
}

const credentialsFile = (env: Variables): string =>
  env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(homedir(), '.aws', 'credentials');
const configFile = (env: Variables): string => env['AWS_CONFIG_FILE'] ?? join(homedir(), '.aws', 'config');

/** A section of one of Amazon's files; null if there is none. @param prefixed whether sections are called `profile …`. */
function profileOf(env: Variables, path: string, prefixed: boolean): Map<string, string> | null {
  const name = env['AWS_PROFILE'] ?? 'default';
  const wanted = prefixed && name !== 'default' ? `profile ${name}` : name;
  let section: Map<string, string> | null = null;
  let inside = false;
  for (const line of textOf(path)?.split(/\r?\n/) ?? []) {
    const title = /^\s*\[([^\]]+)\]/.exec(line)?.[1]?.trim();
    if (title !== undefined) {
      inside = title === wanted;
      if (inside) section ??= new Map<string, string>();
      continue;
    }
    const [, key, value] = /^\s*([\w.]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (inside && key !== undefined) section?.set(key, value!);
  }
  return section;
}

/** A missing or unreadable file counts as empty. */
function textOf(path: string): string | null {
  try {
    const bytes = readSmallFileIfAny(path, MAX_BYTES, { what: 'the file of credentials', nextStep: '' });
    return bytes === null ? null : Buffer.from(bytes).toString('utf8');
  } catch {
    return null;
  }
}
