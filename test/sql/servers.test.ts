import { createServer } from 'node:net'
import test from 'ava'
import fc from 'fast-check'
import { nameOfServer, readServers } from '../../sql/servers/hosts.ts'
import { createServers } from '../../sql/servers/servers.ts'

const HOST = fc.constantFrom('db1', 'DB-2.internal', '10.0.0.7', '[::1]', '[fe80::7]', '%2Fvar%2Frun')
const PORT = fc.option(fc.integer({ min: 1, max: 65535 }), { nil: null })
const USER = fc.constantFrom('', 'owner@', 'owner:p%40ss%2Cword@', 'o:@')
const QUERY = fc.constantFrom([], ['sslmode=require'], ['application_name=a%20b', 'options=-c%20x%3D1'])

test('a list of hosts becomes a URL for each, with everything else of the string', (t) => {
  const lists = fc.uniqueArray(fc.tuple(HOST, PORT), { minLength: 2, maxLength: 4, selector: String })
  fc.assert(
    fc.property(lists, USER, QUERY, fc.boolean(), (hosts, user, query, isExplicit) => {
      const authority = hosts.map(([host, port]) => (port === null ? host : `${host}:${port}`)).join()
      const wanted = [...query, ...(isExplicit ? ['target_session_attrs=read-write'] : [])]
      const given = `postgres://${user}${authority}/db${wanted.length === 0 ? '' : `?${wanted.join('&')}`}`
      const list = readServers(given)
      const urls = [...new Set(hosts.map(([host, port]) => `postgres://${user}${host}:${port ?? 5432}/db`))]
      t.deepEqual(
        list?.urls.map((url) => url.replace(/\?.*/, '')),
        urls,
      )
      t.true(list?.isChecked)
      for (const url of list?.urls ?? []) {
        const { searchParams } = new URL(url)
        t.deepEqual([...searchParams], [...new URLSearchParams(query.join('&'))])
        t.true(urls.some((each) => nameOfServer(each) === nameOfServer(url)))
      }
    }),
  )
})

test('hosts and ports of the query come before the authority', (t) => {
  t.deepEqual(readServers('postgres://u:p@/db?host=a,b,::1&port=1,2,3&sslmode=disable')?.urls, [
    'postgres://u:p@a:1/db?sslmode=disable',
    'postgres://u:p@b:2/db?sslmode=disable',
    'postgres://u:p@[::1]:3/db?sslmode=disable',
  ])
  t.deepEqual(readServers('postgresql:///db?host=/run/a,/run/b&port=7')?.urls.map(nameOfServer), [
    '/run/a:7',
    '/run/b:7',
  ])
})

test('one host stays as it is, and is checked where the string asks for it', (t) => {
  for (const url of ['postgres://u:p@h/db?ssl=true', 'postgres:///db?host=/run/pg', 'postgres://[::1]:5/db'])
    t.deepEqual(readServers(url), { urls: [url], isChecked: false })
  t.deepEqual(readServers('postgres://h/db?target_session_attrs=read-write'), {
    urls: ['postgres://h:5432/db'],
    isChecked: true,
  })
  t.false(readServers('postgres://h/db?target_session_attrs=any')?.isChecked)
})

test('a user may stand before no host, as libpq writes sockets', (t) => {
  for (const scheme of ['postgres', 'postgresql'])
    t.deepEqual(readServers(`${scheme}://u:p%40@/db?host=/run/pg&port=7&sslmode=disable`), {
      urls: [`${scheme}://u:p%40@%2Frun%2Fpg:7/db?sslmode=disable`],
      isChecked: false,
    })
  t.is(nameOfServer(readServers('postgres://u@/db?host=/run/pg')?.urls[0] ?? ''), '/run/pg:5432')
  t.is(readServers('postgres://u:p@/db'), null)
})

test('strings that name no usable servers are refused', (t) => {
  for (const text of [
    ...['nonsense', 'http://a,b/db', 'postgres://a,/db', 'postgres://a,,b/db', 'postgres://a:x,b/db'],
    ...['postgres://a:70000,b/db', 'postgres://a,b/db?target_session_attrs=standby'],
    ...['postgres://a/db?target_session_attrs=read-only', 'postgres:///db?host=a,b,c&port=1,2'],
  ])
    t.is(readServers(text), null, text)
})

test('servers that cannot be reached are named with the reason, and without the password', async (t) => {
  const silent = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => silent.once('listening', resolve))
  t.teardown(() => silent.close())
  const address = silent.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  silent.on('connection', (socket) => socket.destroy())
  const servers = createServers(`postgres://u:hidden@127.0.0.1:1,127.0.0.1:${port}/db`)
  const error = await t.throwsAsync(servers.locate(), { code: '57P03' })
  t.regex(
    error?.message ?? '',
    /^No server of the list accepts writes: 127\.0\.0\.1:1 cannot be reached \(ECONNREFUSED\), 127\.0\.0\.1:\d+ cannot be reached \(.+\)\.$/,
  )
  t.notRegex(error?.message ?? '', /hidden/)
  t.is(servers.state().inUse, null)
})
