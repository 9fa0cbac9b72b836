import test from 'ava'
import fc from 'fast-check'
import { derivedNames, nameObjects } from '../../tenants/model/naming.ts'

const SEED = 20_261_128

const STEMS = [
  ...[
    'invoice',
    'invoices',
    'news',
    'news_item',
    'data',
    'canvas',
    'cookies',
    'person',
    'people',
    'foo_bar',
    'Foo Bar',
  ],
  ...[
    'actor',
    'address',
    'link',
    'search',
    'object',
    'query',
    'string',
    'page_info',
    'u_u_i_d',
    'node',
    'json',
    'batch',
  ],
  ...[
    '日本語',
    'größe',
    'Straße',
    '1st',
    'and',
    '!!!',
    's',
    'company',
    'create_company',
    'record',
    'item',
    'on_error',
  ],
]
const ENDINGS = [
  ...[
    '',
    '',
    '',
    's',
    '_connection',
    '_connections',
    '_edge',
    '_filter',
    '_input',
    '_record',
    '_records',
    '_item',
    '_items',
  ],
  ...[
    '_history',
    '_changes',
    '_group_by',
    '_duplicates',
    '_aggregate',
    '_enum',
    '_filter_input',
    '_order_by_with',
  ],
]

const tableName = fc
  .tuple(fc.constantFrom(...STEMS), fc.constantFrom(...ENDINGS), fc.constantFrom('', '', '', '_record'))
  .map((parts) => parts.join(''))
const tableNames = fc.uniqueArray(tableName, { minLength: 2, maxLength: 14 })

const namesOf = (tables: readonly string[]) =>
  nameObjects(tables.map((table) => ({ table, given: undefined, isRegistered: false })))

/** Tables that are not another's spelling. */
const aloneAmong = (tables: readonly string[]): readonly string[] => {
  const groups = Map.groupBy(tables, (table) => derivedNames(table).names.nameSingular)
  return [...groups.values()].filter(({ length }) => length === 1).flat()
}

test('the names of tables are distinct, and none follows from its neighbours', (t) => {
  fc.assert(
    fc.property(tableNames, fc.constantFrom(0, 1), (tables, from) => {
      const all = namesOf(tables)
      const named = tables.flatMap((table) => all.get(table)?.names ?? [])
      t.is(named.length, tables.length, 'no table goes without an object')
      const each = named.flatMap(({ nameSingular, namePlural }) => [nameSingular, namePlural])
      t.deepEqual([...new Set(each)], each)
      t.deepEqual(new Map(namesOf(tables.toReversed())), new Map(all))
      const some = namesOf(tables.slice(from, -1))
      for (const table of aloneAmong(tables))
        if (some.has(table)) t.deepEqual(some.get(table), all.get(table), table)
    }),
    { seed: SEED, numRuns: 500 },
  )
})
