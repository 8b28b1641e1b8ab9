/** Which headers are read, how many at a time, and what is kept of them. */
import { describe, expect, it, vi } from 'vitest';
import { HeaderLooks } from '../../../src/extension/services/headerLooks';
import { NeuroMfaError, type ErrorCode } from '../../../src/protocol/errors';

const fault = (code: ErrorCode, path: string): NeuroMfaError =>
  new NeuroMfaError(code, path, 'it is cut short', 'Copy it again');

/** @param faults path → how reading its header fails. */
function setUp(faults: Record<string, ErrorCode> = {}) {
  const read: string[] = [];
  let most = 0;
  let now = 0;
  const looks = new HeaderLooks(async (path) => {
    read.push(path);
    most = Math.max(most, ++now);
    await Promise.resolve();
    now--;
    const code = faults[path];
    if (code) throw fault(code, path);
  });
  let told = 0;
  looks.onChange(() => told++);
  return { looks, read, most: () => most, told: () => told };
}

describe('looks at headers', () => {
  it('tell what is damaged, each once, two at a time', async () => {
    const { looks, read, most, told } = setUp({ '/c/m': 'damaged' });
    looks.want(['/a/m', '/b/m', '/c/m', '/d/m']);
    looks.want(['/a/m', '/b/m', '/c/m', '/d/m']);
    await vi.waitFor(() => {
      expect(read.filter((path) => path === '/d/m')).toHaveLength(1);
      expect(told()).toBe(1);
    });
    expect(looks.faultOf('/c/m')).toMatchObject({ cause: 'it is cut short' });
    expect(looks.faultOf('/a/m')).toBeUndefined();
    expect(most()).toBe(2);
    const before = read.length;
    looks.want(['/a/m', '/c/m']);
    await Promise.resolve();
    expect(read).toHaveLength(before);
  });

  it('stop where nobody wants more, and are bounded', async () => {
    const { looks, read } = setUp();
    looks.want(['/a/m', '/b/m', '/c/m', '/d/m', '/e/m']);
    looks.want([]);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(read).toEqual(['/a/m', '/b/m']);
    const many = Array.from({ length: 2000 }, (_, index) => `/many/${index}`);
    looks.want(many);
    await vi.waitFor(() => {
      expect(read).toHaveLength(502);
    });
  });

  it('look again at what was written anew, and keep nothing that may be a matter of the moment', async () => {
    const faults: Record<string, ErrorCode> = { '/a/m': 'damaged', '/b/m': 'missing', '/c/m': 'worker-died' };
    const { looks, read } = setUp(faults);
    looks.want(['/a/m', '/b/m', '/c/m']);
    await vi.waitFor(() => {
      expect(looks.faultOf('/a/m')).toBeDefined();
      expect(read).toHaveLength(3);
    });
    expect(looks.faultOf('/b/m')).toBeUndefined();
    expect(looks.faultOf('/c/m')).toBeUndefined();
    delete faults['/a/m'];
    looks.forget(new Set(['/a']));
    expect(looks.faultOf('/a/m')).toBeUndefined();
    looks.want(['/a/m']);
    expect(read.at(-1)).toBe('/a/m');
  });
});
