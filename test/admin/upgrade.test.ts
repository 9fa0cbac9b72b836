import test from 'ava'
import { runCommandLine } from '../../gateway/admin/run.ts'
import { readConfig } from '../../gateway/config.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase } from '../support/database.ts'

test('an upgrade is planned, tried on one workspace, and done where its result was checked', async (t) => {
  const { pool, ownerUrl, secretKey } = await createTestDatabase(t)
  const run = async (...words: readonly string[]) => {
    const out: string[] = []
    const code = await runCommandLine([...words, '--json'], {
      print: (line) => void out.push(line),
      complain: (line) => void out.push(line),
      readConfig: async () => readConfig({ DATABASE_URL: ownerUrl, SECRET_KEY: secretKey }),
      withSession: () => Promise.reject(new Error('it opened the database')),
    })
    return { code, json: JSON.parse(out.join('\n')) }
  }
  const ids: string[] = []
  for (const name of ['One', 'Two', 'Three', 'Four'])
    ids.push((await createWorkspace(pool, { name, standardObjects: false })).id)
  const [canary = '', silent = '', failing = '', killed = ''] = ids
  await pool.query('update tenantry.workspaces set naming = 1 where id <> $1', [killed])
  await pool.query(`delete from tenantry.migrations where name = '0042_workspace_upgrades.sql'`)
  await pool.query('drop table tenantry.workspace_upgrades')

  const planned = await run('upgrade', '--plan')
  t.is(planned.code, 0, JSON.stringify(planned.json))
  t.deepEqual(planned.json.migrations, ['0042_workspace_upgrades.sql'])
  t.deepEqual(planned.json.functions.names, [])
  t.like(planned.json.steps[0], { step: 'names', workspaces: [canary, silent, failing].toSorted() })
  t.deepEqual((await run('upgrade', '--plan')).json, planned.json, 'a plan changes nothing')

  for (const wrong of ['nope', 'x\0', canary.slice(1), ''])
    for (const words of [['--plan'], []])
      t.like(await run('upgrade', ...words, '--canary', wrong), {
        code: 1,
        json: { error: { code: 'NOT_FOUND', message: `There is no workspace "${wrong}".` } },
      })
  t.deepEqual((await run('upgrade', '--plan')).json, planned.json, 'an unknown workspace changes nothing')
  const plannedForOne = (await run('upgrade', '--plan', '--canary', canary)).json
  t.deepEqual(plannedForOne.steps[0].workspaces, [canary])

  const tried = await run('upgrade', '--canary', canary)
  t.is(tried.code, 0)
  t.deepEqual(tried.json.workspaces, [{ workspaceId: canary, step: 'names', error: null }])
  t.deepEqual(tried.json.waiting[0], { step: 'names', workspaces: 2 })

  // One refuses, one does nothing, and one was running when its upgrade was killed.
  await pool.query(`create function public.hinder() returns trigger language plpgsql as $$ begin
    if new.id = '${failing}' then raise exception 'not now'; end if;
    return case when new.id = '${silent}' then null else new end; end $$`)
  await pool.query(
    `create trigger hinder before update of naming on tenantry.workspaces for each row execute function public.hinder()`,
  )
  await pool.query(`insert into tenantry.workspace_upgrades values ($1, 'names', 'running')`, [killed])
  const ledger = async () =>
    new Map(
      (await pool.query('select workspace_id as id, state, error from tenantry.workspace_upgrades')).rows.map(
        ({ id, state, error }) => [id, [state, error]],
      ),
    )
  t.is((await run('upgrade')).code, 1)
  const first = await ledger()
  t.deepEqual(first.get(canary), ['done', null])
  t.deepEqual(first.get(killed), ['done', null])
  t.deepEqual(first.get(failing), ['failed', 'not now'])
  t.deepEqual(first.get(silent), ['failed', 'The step ended, and the workspace still needs it.'])

  await pool.query('drop trigger hinder on tenantry.workspaces')
  const again = await run('upgrade')
  t.is(again.code, 0)
  t.deepEqual(
    again.json.workspaces.map(({ workspaceId }: { workspaceId: string }) => workspaceId),
    [silent, failing].toSorted(),
  )
  t.true([...(await ledger()).values()].every(([state]) => state === 'done'))
  t.is((await pool.query('select from tenantry.workspaces where naming < 2')).rowCount, 0)
})
