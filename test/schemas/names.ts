// Names that Postgres takes and an API may trip over.

import type { Random } from './random.ts'

/** Words of SQL, of GraphQL, of JavaScript, of the API and of its generated types. */
const RESERVED = `
  select table user order group all null true default current_user query mutation subscription type
  input fragment on schema __schema __typename __type constructor __proto__ to_string has_own_property
  prototype value_of then string int float boolean id uuid json date date_time cursor position
  page_info actor actor_source address link links phones emails currency full_name rich_text file nodes
  edges node edge total_count and or not is in eq first last filter limit offset order_by group_by
  aggregate data depth fields upsert batch duplicates search search_record search_result on_error
  week_start_day object_record filter_is object_record_filter_input search_result_page_info
  u_uid_filter string_filter int_filter order_by_direction raw_json_filter big_int big_float ts_vector
  connection_cursor metadata open_api objects webhooks api_keys restore merge merges created_at
  deleted_at search_vector created_by_source name_first_name name_last_name rest graphql count sum_id
  count_empty_id group_by_dimension_values written called w item value ordinal made edge_cursor
`
  .trim()
  .split(/\s+/)

const PLAIN = [
  'ship',
  'invoice',
  'line_item',
  'people',
  'person',
  'news',
  'series',
  'data_set',
  'status',
  'canvas',
  'cookie',
  'box',
  'analysis',
  'sheep',
  'lens',
  'sms',
  'company',
  'task',
  'fooBar',
  'foo_bar',
  'foo__bar',
  '_foo_bar',
  'FooBar',
  'FOOBAR',
  'foo bar',
  'foo-bar',
  'foo.bar',
  'foo$bar',
  'x',
  'X',
  's',
  'ss',
  'a',
  'A1',
  'item2',
  'item_2',
  'items',
]

const STRANGE = [
  ' ',
  '  x',
  'x ',
  '.',
  '-',
  '_',
  '__',
  '___x',
  '$',
  '$1',
  '1',
  '1st',
  '2nd',
  '007',
  '-1',
  '1e5',
  "'",
  "''",
  '"',
  '""',
  'a"b',
  '\\',
  'a\\b',
  '\n',
  'a\nb',
  '\t',
  '%',
  '%s',
  '/',
  'a/b',
  '?',
  '#',
  '&',
  '=',
  ';',
  '--',
  '/*',
  '*/',
  '{',
  '}',
  '{id}',
  '[0]',
  'ä',
  'Ärger',
  'ß',
  'İ',
  'ı',
  'é',
  'naïve',
  '日本語',
  'данные',
  'имя',
  'ελληνικά',
  'עברית',
  'العربية',
  'हिन्दी',
  '🚀',
  'a🚀b',
  '\u200b',
  '\u00a0',
  'e\u0301',
  'ﬁ',
  'Ⅷ',
  '½',
  '٣',
  '\u202e',
  '$' + '{x}',
  '{{x}}',
  '__WS__',
  'null',
  'undefined',
  'NaN',
  '~',
  '$ref',
  'a,b',
  'a:b',
  'drop table x; --',
  "O'Brien",
  '<script>',
  '../..',
  'a'.repeat(63),
  'b_'.repeat(31),
  'ü'.repeat(31),
  'Z9'.repeat(31),
]

/** Suffixes that generated types have. */
const SUFFIXES = [
  'Connection',
  'Edge',
  'FilterInput',
  'OrderByInput',
  'CreateInput',
  'UpdateInput',
  'RelationInput',
  'ConnectInput',
  'WhereUniqueInput',
  'GroupByInput',
  'GroupByConnection',
  'OrderByWithGroupByInput',
  'OrderByAggregateInput',
  'Enum',
  'EnumFilter',
  'Filter',
  'Duplicates',
  'GroupBy',
  'Record',
  'Records',
  'Value',
  'ForUpdate',
  'ForResponse',
  'Id',
  's',
  '_s',
]

const MAX_NAME_BYTES = 63

const cut = (name: string): string => {
  let short = name
  while (Buffer.byteLength(short) > MAX_NAME_BYTES) short = [...short].slice(0, -1).join('')
  return short
}

export type NameMaker = () => string

/** Different names; some of them collide once they are written in camel case, or with types of another. */
export const createNames = (random: Random): NameMaker => {
  const taken = new Set<string>()
  const base = (): string => {
    const kind = random.below(10)
    if (kind < 4) return random.pick(PLAIN)
    if (kind < 7) return random.pick(RESERVED)
    return random.pick(STRANGE)
  }
  const candidate = (): string => {
    const known = [...taken]
    if (known.length > 0 && random.chance(0.15)) {
      const other = random.pick(known)
      const twin = random.pick([
        other.toUpperCase(),
        other.toLowerCase(),
        other.replaceAll('_', ''),
        other.replaceAll('_', ' '),
        `_${other}`,
        `${other}_`,
        other + random.pick(SUFFIXES),
        `${other}_${random.pick(SUFFIXES).toLowerCase()}`,
        `create${other}`,
        other.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
      ])
      return twin
    }
    return base()
  }
  return () => {
    for (;;) {
      const name = cut(candidate())
      const free = name === '' || taken.has(name) ? cut(`${name.slice(0, 20)}${random.below(1000)}`) : name
      if (taken.has(free)) continue
      taken.add(free)
      return free
    }
  }
}
