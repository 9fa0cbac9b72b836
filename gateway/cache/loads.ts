// The reads that a loading cache is waiting for, with the changes that arrive meanwhile: a value may have
// been read before such a change.

/** Whether a change affects this value. */
export type Concerns<Value> = (key: string, value: Value) => boolean

export interface SharedLoad<Value> {
  readonly value: Promise<Value>
  /** Changes that arrived since the round began. */
  changes: Concerns<Value>[]
  isLastRound: boolean
}

/** More changes than this during one load count as a change of everything. */
const MAX_CHANGES = 1_000

export const always = (): boolean => true

/** Running loads: the one per key that callers join, and loads that continue for their remaining callers. */
export const createLoads = <Value>() => {
  const joined = new Map<string, SharedLoad<Value>>()
  const running = new Set<Pick<SharedLoad<Value>, 'changes'>>()
  const note = (load: Pick<SharedLoad<Value>, 'changes'>, isChanged: Concerns<Value>): void => {
    if (load.changes.length < MAX_CHANGES) load.changes.push(isChanged)
    else load.changes = [always]
  }
  return {
    /** Undefined if the load may have read its value before a change that has arrived. */
    join: (key: string): SharedLoad<Value> | undefined => {
      const load = joined.get(key)
      return load?.isLastRound && load.changes.length > 0 ? undefined : load
    },
    begin: (key: string, run: (load: SharedLoad<Value>) => Promise<Value>): Promise<Value> => {
      const begun = Promise.withResolvers<Value>()
      const load: SharedLoad<Value> = { value: begun.promise, changes: [], isLastRound: false }
      joined.set(key, load)
      running.add(load)
      const end = (): void => {
        running.delete(load)
        if (joined.get(key) === load) joined.delete(key)
      }
      run(load).finally(end).then(begun.resolve, begun.reject)
      return load.value
    },
    /** Notes the changes during a read of many keys, until its end. */
    beginMany: () => {
      const read: Pick<SharedLoad<Value>, 'changes'> = { changes: [] }
      running.add(read)
      return {
        isChanged: (key: string, value: Value): boolean =>
          read.changes.some((concerns) => concerns(key, value)),
        end: () => void running.delete(read),
      }
    },
    change: (isChanged: Concerns<Value>): void => {
      for (const load of running) note(load, isChanged)
    },
  }
}

export type Loads<Value> = ReturnType<typeof createLoads<Value>>
