/** The processes that this program has started, as Linux tells of them. */
import { readdirSync, readFileSync } from 'node:fs';

/** Ends the extension hosts below this process at once, as a crash does. @returns how many there were. */
export function killExtensionHosts(): number {
  const hosts = descendants().filter(({ command }) => command.includes('--type=extensionHost'));
  for (const { pid } of hosts) process.kill(pid, 'SIGKILL');
  return hosts.length;
}

interface Descendant {
  pid: number;
  command: string;
}

function descendants(): Descendant[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(processOf);
  const ours = new Set([process.pid]);
  // Parents may come after their children: look until nobody is added.
  for (let before = 0; before !== ours.size;) {
    before = ours.size;
    for (const { pid, parent } of all) if (ours.has(parent)) ours.add(pid);
  }
  return all.filter(({ pid }) => pid !== process.pid && ours.has(pid));
}

function processOf(name: string): (Descendant & { parent: number })[] {
  try {
    const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
    const parent = /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1];
    return [{ pid: Number(name), parent: Number(parent), command }];
  } catch {
    // It has ended meanwhile.
    return [];
  }
}
