// Processor time of a server and of Postgres, from /proc. In: process ids; out: microseconds, user and system
// together. Unlike requests per second, it hardly depends on what else the machine does.

import { readdirSync, readFileSync } from 'node:fs'

/** /proc counts in ticks of USER_HZ, which is 100 on all Linux systems that Node runs on. */
const TICK_US = 10_000

interface Stat {
  readonly parent: number
  /** Own time and that of children that have ended. */
  readonly us: number
}

const statOf = (pid: number | string): Stat | null => {
  try {
    // The command's name stands in brackets and may hold spaces.
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0)
    return { parent: Number(fields[1]), us: ticks * TICK_US }
  } catch {
    return null
  }
}

/** @returns NaN where there is no /proc */
export const processUs = (pid: number): number => statOf(pid)?.us ?? Number.NaN

/** Of a process and its children: a Postgres server and its backends. */
export const familyUs = (pid: number): number => {
  const own = processUs(pid)
  if (Number.isNaN(own)) return own
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(statOf)
    .reduce((sum, stat) => (stat?.parent === pid ? sum + stat.us : sum), own)
}

/** Process ids of a gateway and of the Postgres behind it. */
export interface Servers {
  readonly gateway: number
  readonly postgres: number
}

/** Microseconds of a gateway and of its Postgres that `work` takes. */
export const costOf = async <Result>(
  { gateway, postgres }: Servers,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly gatewayUs: number; readonly postgresUs: number }> => {
  const before = [processUs(gateway), familyUs(postgres)] as const
  const result = await work()
  return {
    result,
    gatewayUs: processUs(gateway) - before[0],
    postgresUs: familyUs(postgres) - before[1],
  }
}
