// Processor time of a server and of Postgres, from /proc. In: process ids; out: microseconds, user and system
// together. Unlike requests per second, it hardly depends on what else the machine does.

import { readdirSync, readFileSync } from 'node:fs'

/** /proc counts in ticks of USER_HZ, which is 100 on all Linux systems that Node runs on. */
const TICK_US = 10_000

interface Stat {
  readonly parent: number
  readonly ownUs: number
  /** Of children that have ended. */
  readonly endedUs: number
}

const statOf = (pid: number | string): Stat | null => {
  try {
    // The command's name stands in brackets and may hold spaces.
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const us = (user: number): number => (Number(fields[user]) + Number(fields[user + 1])) * TICK_US
    return { parent: Number(fields[1]), ownUs: us(11), endedUs: us(13) }
  } catch {
    return null
  }
}

/** Time of the threads that run, in nanoseconds: a tick is several per cent of a short round. */
const threadsUs = (pid: number | string): number | null => {
  try {
    const ns = readdirSync(`/proc/${pid}/task`).map((task) =>
      Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
    )
    return ns.reduce((sum, each) => sum + each, 0) / 1_000
  } catch {
    return null
  }
}

/** Without children. @returns NaN where there is no /proc */
export const processUs = (pid: number | string): number => threadsUs(pid) ?? statOf(pid)?.ownUs ?? Number.NaN

/** Of a process and its children: a Postgres server and its backends. */
export const familyUs = (pid: number): number => {
  const own = statOf(pid)
  if (own === null) return Number.NaN
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .reduce((sum, name) => {
      const stat = statOf(name)
      return stat?.parent === pid ? sum + processUs(name) + stat.endedUs : sum
    }, processUs(pid) + own.endedUs)
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
