// A model of many objects with a field of every type, relations around a ring and morph relations, as the
// objects of a document.

const OPTIONS = ['IDLE', 'BUSY', 'GONE'].map((value) => ({ value, label: value.toLowerCase() }))

const VALUES = [
  { name: 'name', type: 'TEXT', description: "What it's called" },
  { name: 'code', type: 'TEXT', isUnique: true },
  { name: 'externalId', type: 'UUID' },
  { name: 'weight', type: 'NUMBER' },
  { name: 'amount', type: 'NUMBER', settings: { dataType: 'int' }, isNullable: false, defaultValue: 0 },
  { name: 'serial', type: 'NUMBER', settings: { dataType: 'bigint' } },
  { name: 'isReady', type: 'BOOLEAN', isNullable: false, defaultValue: false },
  { name: 'builtOn', type: 'DATE' },
  { name: 'seenAt', type: 'DATE_TIME', defaultValue: 'now' },
  { name: 'status', type: 'SELECT', options: OPTIONS, isNullable: false, defaultValue: "'IDLE'" },
  { name: 'tags', type: 'MULTI_SELECT', options: OPTIONS },
  { name: 'rating', type: 'RATING' },
  { name: 'aliases', type: 'ARRAY' },
  { name: 'extra', type: 'RAW_JSON' },
  { name: 'body', type: 'RICH_TEXT' },
  { name: 'contact', type: 'FULL_NAME', description: 'Whom to ask' },
  { name: 'mails', type: 'EMAILS', isUnique: true },
  { name: 'phones', type: 'PHONES' },
  { name: 'sites', type: 'LINKS' },
  { name: 'price', type: 'CURRENCY' },
  { name: 'place', type: 'ADDRESS' },
]

/** Among them one whose indexes and constraints have names beyond 63 bytes. */
const nameOf = (number: number): string =>
  number === 0 ? 'windowOfMaintenanceByTheOperationsDepartment' : `vessel${number.toString(36)}`

const objectNamed = (number: number, count: number) => {
  const name = nameOf(number)
  const other = (distance: number): string => nameOf((number + distance) % count)
  return {
    nameSingular: name,
    namePlural: `${name}s`,
    labelPlural: `${name} fleet`,
    description: number % 2 === 0 ? `All of ${name}` : null,
    fields: [
      ...VALUES,
      { name: 'owner', type: 'RELATION', relation: { target: other(1), inverse: { name: `${name}Owned` } } },
      { name: 'parent', type: 'RELATION', relation: { target: name, inverse: { name: 'children' } } },
      {
        name: 'about',
        type: 'MORPH_RELATION',
        relations: [2, 3].map((distance) => ({
          target: other(distance),
          inverse: { name: `${name}About` },
        })),
      },
    ],
    indexes: [{ fields: ['status', 'price.amountMicros'] }, { type: 'GIN', fields: ['extra'] }],
  }
}

export const bigModel = (count: number): readonly object[] =>
  Array.from({ length: count }, (_, number) => objectNamed(number, count))
