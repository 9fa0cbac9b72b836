// Names of tables that meet others: words of the API, plurals, endings of generated types, other scripts.

import fc from 'fast-check'

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
    '_namesake',
    '_namesakes',
    '_namesake2',
  ],
]

const nameOf = (stems: readonly string[]) =>
  fc
    .tuple(fc.constantFrom(...stems), fc.constantFrom(...ENDINGS), fc.constantFrom('', '', '', '_record'))
    .map((parts) => parts.join(''))

/** Of few stems, so that tables meet each other's types and plurals. */
export const tableName = (count: number): fc.Arbitrary<fc.Arbitrary<string>> =>
  fc.uniqueArray(fc.constantFrom(...STEMS), { minLength: count, maxLength: count }).map(nameOf)
