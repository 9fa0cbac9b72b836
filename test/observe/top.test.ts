import test from 'ava'
import { createTop, MOST_COUNTERS, TOP_BYTES } from '../../gateway/observe/top.ts'

const MINUTE_MS = 60_000

const READ = { operation: 'SELECT', sqlstate: null } as const

test('ranks workspaces by each measure, within each window', (t) => {
  let now = 1_000 * MINUTE_MS + 59_999
  const top = createTop({ clock: () => now })
  const statement = (workspace: string, busyMs: number, rows: number): void =>
    top.onStatement({ ...READ, workspace, busyMs, rows })
  statement('old', 9_000, 1)
  now += 5 * MINUTE_MS
  statement('slow', 500, 1)
  statement('wide', 20, 400)
  for (const status of [200, 404, 500]) top.onRequest({ workspaceId: 'wide', status })
  top.onRequest({ workspaceId: 'slow', status: 200 })
  const ranked = (...question: Parameters<typeof top.of>): readonly string[] =>
    top.of(...question).workspaces.map(({ workspaceId }) => workspaceId)
  t.deepEqual(ranked('time', 1), ['slow', 'wide'])
  t.deepEqual(ranked('rows', 1), ['wide', 'slow'])
  t.deepEqual(ranked('requests', 1), ['wide', 'slow'])
  t.deepEqual(ranked('errors', 1), ['wide'])
  t.deepEqual(ranked('time', 5), ['old', 'slow', 'wide'])
  now += 1
  t.deepEqual(ranked('time', 5), ['slow', 'wide'])
  t.deepEqual(ranked('time', 15), ['old', 'slow', 'wide'])
  t.deepEqual(top.of('errors', 1).workspaces[0], {
    workspaceId: 'wide',
    time: 20,
    requests: 3,
    errors: 2,
    rows: 400,
    excess: 0,
  })
  now += 16 * MINUTE_MS
  t.deepEqual(ranked('time', 15), [])
})

test('keeps as many counters for a million requests of 5,000 workspaces, and still finds the heavy one', (t) => {
  let now = 0
  const top = createTop({ clock: () => now })
  for (let request = 0; request < 60_000; request += 1) {
    now = request * 16
    top.onStatement({ ...READ, workspace: `w${(request * 7_919) % 5_000}`, busyMs: 1, rows: 1 })
    if (request % 20 === 0) top.onStatement({ ...READ, workspace: 'heavy', busyMs: 10, rows: 1 })
  }
  const { workspaces } = top.of('time', 15)
  t.is(workspaces.length, MOST_COUNTERS)
  const [first] = workspaces
  t.is(first?.workspaceId, 'heavy')
  const { time = 0, excess = 0 } = first ?? {}
  // 15 whole minutes of 187.5 statements, and the one that runs.
  const exact = 30_000
  t.true((time ?? 0) >= exact && (time ?? 0) - excess <= exact, `${time} less ${excess}`)
  t.true(TOP_BYTES < 1_500_000)
})
