/**
 * Signature version 4 of Amazon's services, for requests without a body:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
import { createHash, createHmac } from 'node:crypto';
import type { BucketKeys } from './environment';

/** SHA-256 of an empty body. */
const EMPTY = createHash('sha256').digest('hex');

/** Headers that sign a request for 15 minutes. @param url its path and query are encoded with {@link encoded}. */
export function signedHeaders(
  method: 'GET' | 'HEAD',
  url: URL,
  { id, secret, session }: BucketKeys,
  region: string,
  now: Date,
): Record<string, string> {
  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const headers: Record<string, string> = {
    host: url.host,
    'x-amz-content-sha256': EMPTY,
    'x-amz-date': time,
    ...(session !== null && { 'x-amz-security-token': session }),
  };
  const names = Object.keys(headers).sort();
  const query = [...url.searchParams]
    .map(([key, value]) => `${encoded(key)}=${encoded(value)}`)
    .sort()
    .join('&');
  const request = [
    method,
    url.pathname,
    query,
    ...names.map((name) => `${name}:${headers[name]!}`),
    '',
    names.join(';'),
    EMPTY,
  ].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', time, scope, createHash('sha256').update(request).digest('hex')].join(
    '\n',
  );
  const key = ['s3', 'aws4_request'].reduce(
    (last: Buffer, word) => hmac(last, word),
    hmac(hmac(Buffer.from(`AWS4${secret}`), day), region),
  );
  const signature = hmac(key, text).toString('hex');
  const { host: _, ...sent } = headers;
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Percent-encodes everything but letters, digits and `-._~`, as signatures require. */
export function encoded(name: string): string {
  return encodeURIComponent(name).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
