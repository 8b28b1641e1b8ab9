/** Recognizes addresses outside the public network: redirects from public servers to them are refused. */
import { BlockList, isIP } from 'node:net';

const PRIVATE = new BlockList();
for (const [address, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  PRIVATE.addSubnet(address, bits, 'ipv4');
}
for (const [address, bits] of [
  ['::', 127],
  ['64:ff9b:1::', 48],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  PRIVATE.addSubnet(address, bits, 'ipv6');
}

/** @param address an IPv4 or IPv6 address; anything else counts as private, since its target is unknown. */
export function isPrivateAddress(address: string): boolean {
  const own = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(own)?.[1];
  if (mapped !== undefined) return isPrivateAddress(mapped);
  const version = isIP(own);
  return version === 0 || PRIVATE.check(own, version === 4 ? 'ipv4' : 'ipv6');
}
