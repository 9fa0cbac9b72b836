// Networks as text, held against Postgres: what is accepted, how it is stored, and which addresses it holds.

import test from 'ava'
import fc from 'fast-check'
import { checkedNetworks, networkSetOf, plainAddress } from '../../tenants/permission/networks.ts'
import { openTestDatabase } from '../support/database.ts'

const database = await openTestDatabase()
const { pool } = database
test.after.always(() => database.close())

const IPV4 = fc.ipV4()
/** Few different groups, so that networks and addresses meet. */
const group = fc.constantFrom('0', '1', 'ffff', '2001', 'DB8', '8000')
const IPV6 = fc.oneof(
  fc.ipV6(),
  fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) => groups.join(':')),
  fc.array(group, { maxLength: 6 }).map((groups) => `${groups.join(':')}::`),
  fc.array(group, { maxLength: 5 }).map((groups) => `::${groups.join(':')}`),
)
const MAPPED = IPV4.map((address) => `::ffff:${address}`)
const ADDRESS = fc.oneof(IPV4, IPV6, MAPPED)

const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '')
const widthOf = (address: string): number => (address.includes(':') ? 128 : 32)

/** Only the network of an address with a prefix, as Postgres finds it. */
const networksOf = async (
  given: readonly (readonly [string, number, ...unknown[]])[],
): Promise<readonly string[]> => {
  const { rows } = await pool.query<{ network: string }>(
    'select network(set_masklen(a::inet, m))::text as network from unnest($1::text[], $2::int[]) with ordinality u (a, m, n) order by n',
    [given.map(([address]) => address), given.map(([, prefix]) => prefix)],
  )
  return rows.map(({ network }) => network)
}

test('a set of networks holds the addresses that Postgres finds in it', async (t) => {
  const samples = fc
    .sample(fc.tuple(ADDRESS, ADDRESS, fc.nat(128), fc.boolean()), 4_000)
    .map(([base, other, bits, isNear]) => {
      const start = plain(base)
      return [start, bits % (widthOf(start) + 1), isNear ? base : other] as const
    })
  const networks = await networksOf(samples)
  const { rows } = await pool.query<{ holds: boolean | null }>(
    // An IPv6 network around the mapped addresses holds none of them here.
    `select case when not '::ffff:0:0/96' >>= any (array[a::inet, n::inet]) then a::inet <<= n::cidr end as holds
     from unnest($1::text[], $2::text[]) with ordinality u (a, n, o) order by o`,
    [samples.map(([, , address]) => plain(address)), networks],
  )
  const found = networks.map((network, index) => networkSetOf([network])?.(samples[index]?.[2] ?? ''))
  const different = networks.flatMap((network, index) =>
    found[index] === (rows[index]?.holds ?? found[index])
      ? []
      : [`${samples[index]?.[2]} in ${network}: ${found[index]}`],
  )
  t.deepEqual(different, [])
  t.true(found.filter(Boolean).length > 1_000)
  t.true(found.filter((each) => each === false).length > 1_000)
})

test('a network is stored as Postgres stores it', async (t) => {
  const samples = fc.sample(fc.tuple(fc.oneof(IPV4, IPV6), fc.nat(128)), 1_000)
  const given = await networksOf(
    samples.map(([start, bits]) => [start, bits % (widthOf(start) + 1)] as const),
  )
  const { rows } = await pool.query<{ networks: readonly string[] }>(
    'select $1::cidr[]::text[] as networks',
    [given.map((network) => checkedNetworks([network])[0])],
  )
  // Postgres writes ::ffff:0.0.0.0/96 for what is an IPv4 network here.
  const isMapped = (network: string): boolean => /^::ffff:\d+\./.test(network)
  for (const [index, network] of given.entries())
    if (!isMapped(network)) t.is(rows[0]?.networks[index], network)
})

for (const [given, stored] of [
  ['192.0.2.7', '192.0.2.7/32'],
  [' 10.0.0.0/8 ', '10.0.0.0/8'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['2001:DB8::/32', '2001:db8::/32'],
  ['::1', '::1/128'],
  ['::/0', '::/0'],
  ['::ffff:192.0.2.0/120', '192.0.2.0/24'],
  ['::FFFF:c000:0207', '192.0.2.7/32'],
  ['64:ff9b::192.0.2.0/120', '64:ff9b::c000:200/120'],
] as const)
  test(`"${given}" is stored as ${stored}`, async (t) => {
    const { rows } = await pool.query('select $1::cidr[]::text[] as networks', [checkedNetworks([given])])
    t.deepEqual(rows[0].networks, [stored])
  })

for (const [given, message] of [
  ['', /not a network/],
  ['10.0.0.0/33', /not a network/],
  ['2001:db8::/129', /not a network/],
  ['10.0.0', /not a network/],
  ['010.0.0.1', /not a network/],
  ['0x7f000001', /not a network/],
  ['10.0.0.0/-1', /not a network/],
  ['10.0.0.0/ 8', /not a network/],
  ['10.0.0.0/8/8', /not a network/],
  ['10.0.0.0/255.0.0.0', /not a network/],
  ['fe80::1%eth0', /not a network/],
  ['example.com', /not a network/],
  ['10.0.0.1/24', /begins at 10\.0\.0\.0\/24/],
  ['2001:db8::1/64', /begins at 2001:db8:0:0:0:0:0:0\/64/],
  ['::ffff:192.0.2.7/90', /bits set after its prefix of 90/],
] as const)
  test(`"${given}" is refused`, (t) => {
    t.throws(() => checkedNetworks([given]), { name: 'Refusal', code: 'INVALID_INPUT', message })
  })

test('a list has at most 100 networks, without duplicates', (t) => {
  const many = Array.from({ length: 101 }, (_, index) => `10.0.${index}.0/24`)
  t.is(checkedNetworks(many.slice(1)).length, 100)
  t.is(checkedNetworks([...many.slice(1), '10.0.1.0/24', '::ffff:10.0.1.0/120']).length, 100)
  t.throws(() => checkedNetworks(many), { message: /at most 100 networks, not 101/ })
})

for (const [text, plain] of [
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::FFFF:cb00:7107', '203.0.113.7'],
  ['0:0:0:0:0:ffff:cb00:7107', '203.0.113.7'],
  ['::ffff:0:7107', '0.0.113.7'],
  ['2001:db8::ffff:cb00:7107', '2001:db8::ffff:cb00:7107'],
  ['::203.0.113.7', '::203.0.113.7'],
  ['::ffff:unknown', '::ffff:unknown'],
  ['', ''],
] as const)
  test(`the address "${text}" is ${plain === '' ? 'empty' : plain}`, (t) => {
    t.is(plainAddress(text), plain)
  })

test('no network is every address, and a text that is not an address is in no network', (t) => {
  t.is(networkSetOf([]), null)
  const contains = networkSetOf(['0.0.0.0/0', '::/0'])
  for (const text of ['', 'unknown', '10.0.0.1:80', '[::1]', '10.0.0.1, 10.0.0.2']) t.false(contains?.(text))
  t.true(contains?.('fe80::1%eth0'))
  t.false(networkSetOf(['::/0'])?.('::ffff:10.0.0.1'))
  t.true(networkSetOf(['::ffff:10.0.0.0/104'])?.('10.0.0.1'), 'stored by SQL')
})
