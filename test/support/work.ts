// The work of a process between two turns of its event loop, counted and not timed, so that it is the same on
// every machine: calls of functions, as V8's coverage counts them, and characters of JSON.

import { Session } from 'node:inspector'

/** Measured: JSON of ten characters takes about as long as a call. */
const CHARACTERS_PER_CALL = 10
const MOST_SHOWN = 8
/** Turns that took less are counted together with the next one: to count takes longer. */
const MOST_UNCOUNTED_US = 1_000

/** The end of the next turn with an event. Does not keep the event loop from waiting for one. */
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve).unref()
  })

interface Counted {
  readonly name: string
  readonly calls: number
}

/** The most work between two turns. */
export interface Turn {
  readonly calls: number
  /** The functions with the most calls. */
  readonly functions: readonly Counted[]
}

const NOTHING: Turn = { calls: 0, functions: [] }

interface File {
  readonly url: string
  /** Only those with a call. The first one is the module itself. */
  readonly functions: readonly {
    readonly functionName: string
    readonly ranges: readonly { readonly count: number }[]
  }[]
}

/** V8's coverage of all files. */
const openCoverage = () => {
  const session = new Session()
  session.connect()
  session.post('Profiler.enable')
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  return {
    /** What was called since the last time; the session answers at once. */
    take: (): readonly File[] => {
      let files: readonly File[] = []
      session.post(
        'Profiler.takePreciseCoverage',
        (error, coverage: { readonly result: readonly File[] }) => {
          if (error !== null) throw error
          files = coverage.result
        },
      )
      return files
    },
    end: (): void => {
      session.post('Profiler.stopPreciseCoverage')
      session.disconnect()
    },
  }
}

const isCounted = (url: string): boolean =>
  url.includes('/node_modules/') || /\/(gateway|tenants|sql)\//.test(url)

const nameOf = (url: string, name: string): string => `${name} (${url.replace(/^.*\/(?=[^/]+\/[^/]+$)/, '')})`

const LONG_TEXT = 10_000

/** Whether a test calls JSON itself, such as to read an answer: the frame below the two of this file. */
const isOfTest = (stack = ''): boolean => /\/test\/(?:support|gateway)\//.test(stack.split('\n')[3] ?? '')

/** Counts characters that pass through JSON. */
const watchJson = () => {
  const { stringify, parse } = JSON
  let characters = 0
  const count = (text: unknown): void => {
    if (typeof text !== 'string') return
    if (text.length >= LONG_TEXT && isOfTest(new Error().stack)) return
    characters += text.length
  }
  const counting = {
    stringify: (...given: Parameters<typeof stringify>): unknown => {
      const text: unknown = Reflect.apply(stringify, JSON, given)
      count(text)
      return text
    },
    parse: (...given: Parameters<typeof parse>): unknown => {
      count(given[0])
      return Reflect.apply(parse, JSON, given)
    },
  }
  Object.assign(JSON, counting)
  return {
    take: (): number => {
      const taken = characters
      characters = 0
      return taken
    },
    end: (): void => {
      Object.assign(JSON, { stringify, parse })
    },
  }
}

export const createWorkMeter = () => {
  const coverage = openCoverage()
  const json = watchJson()
  /** Since the last call. */
  const take = (): Turn => {
    const counted: Counted[] = [{ name: 'JSON', calls: json.take() / CHARACTERS_PER_CALL }]
    for (const { url, functions } of coverage.take())
      if (isCounted(url))
        for (const { functionName, ranges } of functions)
          counted.push({ name: nameOf(url, functionName), calls: ranges[0]?.count ?? 0 })
    return {
      calls: counted.reduce((sum, { calls }) => sum + calls, 0),
      functions: counted.sort((a, b) => b.calls - a.calls).slice(0, MOST_SHOWN),
    }
  }
  return {
    /** The turn with the most work while the promise is pending. */
    during: async (work: () => Promise<unknown>): Promise<Turn> => {
      let isOver = false
      let most = NOTHING
      take()
      let last = process.threadCpuUsage()
      const done = work().finally(() => {
        isOver = true
      })
      while (!isOver) {
        await turn()
        const { user, system } = process.threadCpuUsage(last)
        if (user + system <= MOST_UNCOUNTED_US) continue
        const next = take()
        last = process.threadCpuUsage()
        if (next.calls > most.calls) most = next
      }
      await done
      const rest = take()
      return rest.calls > most.calls ? rest : most
    },
    end: (): void => {
      json.end()
      coverage.end()
    },
  }
}

/** Calls of all functions of a file while work is done; the end of its path names the file. */
export const countCalls = async (path: string, work: () => Promise<unknown>): Promise<number> => {
  const coverage = openCoverage()
  try {
    await work()
    const functions =
      coverage
        .take()
        .find(({ url }) => url.endsWith(path))
        ?.functions.slice(1) ?? []
    return functions.reduce((sum, { ranges }) => sum + (ranges[0]?.count ?? 0), 0)
  } finally {
    coverage.end()
  }
}
