/** Requests to S3 signed by version 4 of its signatures, written by itself: what is tested must not vouch for itself. */
import { createHash, createHmac } from 'node:crypto';

export interface Keys {
  readonly id: string;
  readonly secret: string;
}

const REGION = 'us-east-1';
const hex = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');
const mac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** An address of an object that anybody may read with it, from `at` on for some seconds. */
export function signedAddress({ id, secret }: Keys, url: URL, at: Date, seconds: number): string {
  const time = at.toISOString().replace(/[-:]|\.\d+/g, '');
  const day = time.slice(0, 8);
  const scope = `${day}/${REGION}/s3/aws4_request`;
  const query = Object.entries({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${id}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': String(seconds),
    'X-Amz-SignedHeaders': 'host',
  })
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
  const canonical = ['GET', url.pathname, query, `host:${url.host}\n`, 'host', 'UNSIGNED-PAYLOAD'].join('\n');
  const text = ['AWS4-HMAC-SHA256', time, scope, hex(canonical)].join('\n');
  return `${url.href}?${query}&X-Amz-Signature=${mac(signingKey(secret, day), text).toString('hex')}`;
}

const signingKey = (secret: string, day: string): Buffer =>
  [REGION, 's3', 'aws4_request'].reduce<Buffer>((last, word) => mac(last, word), mac(`AWS4${secret}`, day));

/** @param query sorted by its names. */
export function signedHeaders(
  { id, secret }: Keys,
  method: string,
  url: URL,
  body: Buffer = Buffer.alloc(0),
): Record<string, string> {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const day = time.slice(0, 8);
  const headers = { host: url.host, 'x-amz-content-sha256': hex(body), 'x-amz-date': time };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = [
    method,
    url.pathname,
    url.searchParams.toString(),
    lines.join(''),
    names,
    hex(body),
  ].join('\n');
  const scope = `${day}/${REGION}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', time, scope, hex(canonical)].join('\n');
  const signature = mac(signingKey(secret, day), text).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return {
    'x-amz-content-sha256': headers['x-amz-content-sha256'],
    'x-amz-date': time,
    authorization,
  };
}
