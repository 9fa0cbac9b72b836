// Memory of a process, from /proc. Linux alone.

import { readFileSync } from 'node:fs'

const ENTRIES = { resident: 'VmRSS', private: 'RssAnon' } as const

/** In megabytes; 0 for a process that has ended. */
export const memoryMb = (pid: number, kind: keyof typeof ENTRIES): number => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(new RegExp(`^${ENTRIES[kind]}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}
