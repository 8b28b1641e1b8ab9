/** What signed addresses tell of their end. */
import { expect, it } from 'vitest';
import type { Location } from '../../../src/protocol/subject';
import { expired, expiryOf } from '../../../src/remote/expiry';

it.each([
  ['Amazon', 'X-Amz-Date=20260102T030405Z&X-Amz-Expires=600', '2026-01-02T03:14:05.000Z'],
  ['Google', 'X-Goog-Date=20260102T030405Z&X-Goog-Expires=60', '2026-01-02T03:05:05.000Z'],
  ['CloudFront', 'Expires=1767323045&Signature=x', '2026-01-02T03:04:05.000Z'],
  ['Azure', 'sv=2024-01-01&se=2026-01-02T03%3A04%3A05Z&sig=x', '2026-01-02T03:04:05.000Z'],
  ['an address that tells nothing', 'download=1', null],
  ['no time', 'X-Amz-Date=yesterday&X-Amz-Expires=600', null],
  ['no number', 'X-Amz-Date=20260102T030405Z&X-Amz-Expires=soon', null],
  ['no time of Azure', 'se=soon', null],
])('the end of an address is that of %s', (_, query, end) => {
  expect(expiryOf(`https://host/model.safetensors?${query}`)?.toISOString() ?? null).toBe(end);
});

it('an address is refused by its end only once that has come', () => {
  const url = 'https://host/model.safetensors?se=2026-01-02T03:04:05Z';
  const location = 'https://host/model.safetensors' as Location;
  expect(expired(url, location, new Date('2026-01-02T03:04:04Z'))).toBeNull();
  expect(expired(url, location, new Date('2026-01-02T03:04:06Z'))).toMatchObject({
    code: 'forbidden',
    data: { subject: location, cause: 'the address has expired (2026-01-02 03:04:05 UTC)' },
  });
});
