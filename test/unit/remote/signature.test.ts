/** The examples that Amazon publishes: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
import { expect, it } from 'vitest';
import { encoded, signedHeaders } from '../../../src/remote/signature';

const KEYS = {
  id: 'AKIAIOSFODNN7EXAMPLE',
  secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  session: null,
};
const NOW = new Date('2013-05-24T00:00:00Z');

it.each([
  ['?lifecycle', 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'],
  ['?max-keys=2&prefix=J', '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'],
])('signs %s as published', (query, signature) => {
  const url = new URL(`https://examplebucket.s3.amazonaws.com/${query}`);
  const { authorization } = signedHeaders('GET', url, KEYS, 'us-east-1', NOW);
  expect(authorization).toBe(
    `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=${signature}`,
  );
});

it('sends the token of temporary keys, signed', () => {
  const url = new URL('https://examplebucket.s3.amazonaws.com/');
  const headers = signedHeaders('GET', url, { ...KEYS, session: 'temporary' }, 'us-east-1', NOW);
  expect(headers['x-amz-security-token']).toBe('temporary');
  expect(headers['authorization']).toContain('x-amz-security-token');
});

it('encodes names by their bytes', () => {
  expect(encoded("a b+c/é(1)!'*~")).toBe('a%20b%2Bc%2F%C3%A9%281%29%21%27%2A~');
});
