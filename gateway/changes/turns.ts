// Pages of the change log that are read at the same moment. Each is held in memory several times while it is
// judged and shown, so there are few; and no workspace takes them all.

type InTurn = <Result>(workspace: string, work: () => Promise<Result>) => Promise<Result>

interface TurnsOptions {
  readonly most: number
  readonly mostPerWorkspace: number
}

interface Waiting {
  readonly workspace: string
  readonly begin: () => void
}

export const createPageTurns = ({ most, mostPerWorkspace }: TurnsOptions): InTurn => {
  const running = new Map<string, number>()
  const waiting: Waiting[] = []
  let amount = 0

  const mayBegin = (workspace: string): boolean =>
    amount < most && (running.get(workspace) ?? 0) < mostPerWorkspace
  const count = (workspace: string, by: 1 | -1): void => {
    amount += by
    const own = (running.get(workspace) ?? 0) + by
    if (own === 0) running.delete(workspace)
    else running.set(workspace, own)
  }
  const beginNext = (): void => {
    const at = waiting.findIndex(({ workspace }) => mayBegin(workspace))
    const [next] = at === -1 ? [] : waiting.splice(at, 1)
    next?.begin()
  }

  return async (workspace, work) => {
    if (mayBegin(workspace)) count(workspace, 1)
    else {
      const turn = Promise.withResolvers<void>()
      const begin = (): void => {
        count(workspace, 1)
        turn.resolve()
      }
      waiting.push({ workspace, begin })
      await turn.promise
    }
    try {
      return await work()
    } finally {
      count(workspace, -1)
      beginNext()
    }
  }
}
