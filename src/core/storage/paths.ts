/** The functions of `node:path` for locations of any kind: addresses keep their scheme and their slashes. */
import * as nodePath from 'node:path';
import { isRemote } from '../../protocol/subject';

export function join(first: string, ...parts: readonly string[]): string {
  if (!isRemote(first)) return nodePath.join(first, ...parts);
  const { scheme, rest } = split(first);
  return scheme + nodePath.posix.join(rest, ...parts);
}

/** An address is absolute and has no trailing slashes. No path of this machine leads to an address. */
export function resolve(first: string, ...parts: readonly string[]): string {
  return isRemote(first)
    ? join(first, ...parts).replace(/([^/])\/+$/, '$1')
    : nodePath.resolve(first, ...parts);
}

/** The parent of the topmost location is that location itself. */
export function dirname(location: string): string {
  if (!isRemote(location)) return nodePath.dirname(location);
  const { scheme, rest } = split(location);
  const above = nodePath.posix.dirname(rest);
  return above === '.' ? location : scheme + above;
}

export function basename(location: string): string {
  return isRemote(location) ? nodePath.posix.basename(split(location).rest) : nodePath.basename(location);
}

function split(location: string): { scheme: string; rest: string } {
  const at = location.indexOf('://') + '://'.length;
  return { scheme: location.slice(0, at), rest: location.slice(at) };
}
