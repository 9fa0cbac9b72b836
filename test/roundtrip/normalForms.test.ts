// The normal form of a value is its own normal form: what is answered can be sent back, and finds its record.
// Addresses, links, phones and rich text of hostile pieces.

import test from 'ava'
import fc from 'fast-check'
import { normalDefault } from '../../tenants/model/change/check/normalDefault.ts'
import type { CompositeType } from '../../tenants/model/compositeType.ts'
import { normalParts, normalSpelling } from '../../tenants/model/value/normal.ts'
import type { Parts } from '../../tenants/model/value/parts.ts'
import { ValueRefusal } from '../../tenants/model/value/valueRefusal.ts'

const SEED = 20_261_128
const RUNS = 4_000

const joined = (...choices: readonly (readonly string[])[]): fc.Arbitrary<string> =>
  fc.tuple(...choices.map((words) => fc.constantFrom(...words))).map((words) => words.join(''))

const HOSTS = [
  ...[
    'a.test',
    'A.TEST.',
    'bücher.example',
    'xn--bcher-kva.example',
    'BÜCHER.example.',
    'intranet',
    'a_b.test',
  ],
  ...[
    'ß.example',
    'faß.example',
    'İ.example',
    '日本語.jp',
    'ａ.test',
    '127.0.0.1',
    '[::1]',
    'a..test',
    'xn--a.test',
  ],
  ...['a\u00ad.test', 'e\u0301.test', 'xn--zca.example', 'user@a.test', 'user:x@A.test', '%41.test'],
]
const PATHS = [
  '',
  '/',
  '//',
  '///',
  '/p',
  '/p/',
  '/p//',
  '/p //',
  '/ /',
  '/P%2F',
  '/p/\u00a0',
  '/..//',
  '/ü/',
]
const ENDS = ['', '?', '?a=/', '?a=//', '#/', '#', '?#/', '?a= ', '/?', '//#/']
const links = joined(
  ['', ' ', 'http://', 'https://', 'HTTPS://', 'http:', 'ftp://', '//'],
  HOSTS,
  ['', '', ':443', ':80', ':8080', ':99999'],
  PATHS,
  ENDS,
  ['', ' ', '/'],
)
const emails = joined(
  ['', ' '],
  ['ada', 'ADA', 'Ä', 'a\u0308', 'İ', 'ı', 'ſ', 'ﬁ', 'a.b', 'a+b', 'Σ', 'ΑΣ', "o'n", '\u212b', 'a\u00a0b'],
  ['@'],
  HOSTS,
  ['', ' ', '.'],
)
const phone = fc.record(
  {
    number: joined(
      ['', '+', '00', '0', ' '],
      [
        '33 6 12 34 56 78',
        '612345678',
        '2015550123',
        '5551234',
        '(030) 12/34-56',
        '1',
        '447911123456',
        '9161234567',
      ],
    ),
    countryCode: fc.constantFrom('FR', 'US', 'CA', 'GB', 'GG', 'DE', 'RU', 'KZ', ''),
    callingCode: fc.constantFrom('+33', '33', '+1', '+44', '+7', '+49', ''),
  },
  { requiredKeys: [] },
)
const markdown = joined(
  ['', '# ', '- ', '**'],
  ['x', 'ü', '', '<b>', '1. '],
  ['', '**', '\n\n', ' \n'],
  ['', 'y', '\n'],
)

const VALUES: Readonly<Partial<Record<CompositeType, fc.Arbitrary<Parts>>>> = {
  LINKS: fc.record(
    {
      primaryLinkUrl: links,
      primaryLinkLabel: fc.constantFrom('', 'x/', null),
      secondaryLinks: fc.array(fc.record({ url: links, label: fc.constantFrom('', 'l') }), { maxLength: 2 }),
    },
    { requiredKeys: [] },
  ),
  EMAILS: fc.record(
    { primaryEmail: emails, additionalEmails: fc.array(emails, { maxLength: 2 }) },
    { requiredKeys: [] },
  ),
  PHONES: fc.tuple(phone, fc.array(phone, { maxLength: 1 })).map(([primary, additionalPhones]) => ({
    primaryPhoneNumber: primary.number,
    primaryPhoneCountryCode: primary.countryCode,
    primaryPhoneCallingCode: primary.callingCode,
    additionalPhones,
  })),
  RICH_TEXT: fc.oneof(
    markdown.map((text) => ({ markdown: text })),
    markdown.map((text) => ({ blocknote: JSON.stringify([{ type: 'paragraph', content: text }]) })),
  ),
}

/** Undefined for a value that is refused. */
const normalOf = (type: CompositeType, value: Parts): Parts | undefined => {
  try {
    return normalParts(type, value, 'field')
  } catch (error) {
    if (error instanceof ValueRefusal) return undefined
    throw error
  }
}

for (const [type, values] of Object.entries(VALUES) as [CompositeType, fc.Arbitrary<Parts>][])
  test(`${type}: the normal form of a value is its own normal form, and its spelling in filters`, (t) => {
    let accepted = 0
    fc.assert(
      fc.property(values, (value) => {
        const normal = normalOf(type, value)
        if (normal === undefined) return
        accepted += 1
        t.deepEqual(normalOf(type, normal), normal, JSON.stringify(value))
        for (const [name, text] of Object.entries(normal))
          if (typeof text === 'string') t.is(normalSpelling(name, text), text, JSON.stringify(value))
      }),
      { seed: SEED, numRuns: RUNS },
    )
    t.true(accepted > RUNS / 50, `${accepted} values were accepted`)
  })

/** Texts of a value, quoted as in default values. */
const quoted = (value: Parts): Parts =>
  Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, typeof part === 'string' ? `'${part}'` : part]),
  )

for (const [type, values] of Object.entries(VALUES) as [CompositeType, fc.Arbitrary<Parts>][])
  test(`${type}: a default value has the normal form of a record's value, or is refused like it`, (t) => {
    fc.assert(
      fc.property(values, (value) => {
        const normal = normalOf(type, value)
        if (normal === undefined)
          t.throws(() => normalDefault(type, quoted(value), 'field'), { instanceOf: ValueRefusal })
        else t.deepEqual(normalDefault(type, quoted(value), 'field'), quoted(normal), JSON.stringify(value))
      }),
      { seed: SEED, numRuns: RUNS / 4 },
    )
  })

const label = fc.oneof(
  fc.stringMatching(/^[a-z0-9-]{1,65}$/),
  fc.constantFrom('xn--a', 'xn--bcher-kva', '1', '0x7f', 'a', 'test', 'com', 'ab--c'),
)

test('links of plain origins are those of the URL parser', (t) => {
  let accepted = 0
  fc.assert(
    fc.property(
      fc.array(label, { minLength: 1, maxLength: 5 }),
      fc.constantFrom(...PATHS),
      (labels, path) => {
        const rest = `${labels.join('.')}${path}`
        const plain = normalSpelling('primaryLinkUrl', `http://${rest}`)
        // A protocol in capitals takes the way of all other origins.
        const parsed = normalSpelling('primaryLinkUrl', `HTTP://${rest}`)
        t.is(plain, parsed === `HTTP://${rest}` ? `http://${rest}` : parsed)
        if (parsed !== `HTTP://${rest}`) accepted += 1
      },
    ),
    { seed: SEED, numRuns: 1_000 },
  )
  t.true(accepted > 100, `${accepted}`)
})
